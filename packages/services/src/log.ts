/** One JSON line. `evt` names a boundary (MISSION I1); everything else is free. */
export type Log = (level: "info" | "warn" | "error", record: Record<string, unknown>) => void;
