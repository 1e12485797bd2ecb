/** Writes one JSON line. `evt` names the event; the other fields have no fixed shape. */
export type Log = (level: "info" | "warn" | "error", record: Record<string, unknown>) => void;
