import {
  type BerthEvent,
  EVENT_TYPES,
  type EventType,
  type OperationKind,
  type VolumeState,
  type WorkspaceStatus,
} from "@berth/domain";
import { OPERATION_NAMES } from "#shared/operations/operation-text.ts";
import { lookOf } from "#shared/workspace/status.ts";

/** What people choose from; each stands for the types it names. */
export const EVENT_FILTERS = {
  all: { label: "All events", types: EVENT_TYPES },
  status: { label: "Status", types: ["workspace.created", "workspace.status_changed"] },
  operations: { label: "Operations", types: ["operation.queued", "operation.step", "operation.finished"] },
  changes: { label: "Settings and place", types: ["workspace.updated", "workspace.layout_changed"] },
  data: {
    label: "Saved data",
    types: ["volume.created", "volume.state_changed", "retention.held", "retention.resumed", "files.changed"],
  },
  terminals: { label: "Terminals", types: ["terminal.opened", "terminal.closed"] },
  tokens: { label: "Tokens", types: ["token.created", "token.revoked"] },
} as const satisfies Record<string, { label: string; types: readonly EventType[] }>;
export type EventFilterName = keyof typeof EVENT_FILTERS;

export const passes = (filter: EventFilterName, { type }: Pick<BerthEvent, "type">): boolean =>
  (EVENT_FILTERS[filter].types as readonly string[]).includes(type);

const VOLUME_STATES: Record<VolumeState, string> = {
  attached: "The saved data belongs to the machine.",
  retained: "The saved data is kept without a machine.",
  quarantined: "The saved data is set aside, since nothing is known of it.",
  erasing: "The saved data is being erased.",
  erased: "The saved data is erased.",
};

const TERMINAL_ENDS: Record<string, string> = {
  exited: ": its shell exited",
  closed: " by a request",
  unused: ", because it was not used",
  machine_stopped: ": its machine stopped",
};

/** An event as a sentence. Events carry ids and statuses only, so it says what happened and not to what else. */
export function eventText({ type, data }: Pick<BerthEvent, "type" | "data">): string {
  const text = (name: string) => (typeof data[name] === "string" ? (data[name] as string) : null);
  const operation = OPERATION_NAMES[text("kind") as OperationKind] ?? text("kind") ?? "An operation";
  switch (type) {
    case "workspace.created":
      return "The workspace was created.";
    case "workspace.updated":
      return "Its name, role, team or settings were changed.";
    case "workspace.layout_changed":
      return "It was moved on the map.";
    case "workspace.status_changed": {
      const generation = typeof data.generation === "number" ? `, generation ${data.generation}` : "";
      return `It is now ${lookOf(text("status") as WorkspaceStatus).label.toLowerCase()}${generation}.`;
    }
    case "operation.queued":
      return `${operation} was asked for${text("cause") ? `: ${text("cause")}` : ""}.`;
    case "operation.step":
      return text("step") ? `${operation}: ${text("step")}.` : `${operation} goes on.`;
    case "operation.finished":
      return text("status") === "failed" ? `${operation} failed.` : `${operation} is done.`;
    case "volume.created":
      return "A volume for its data was made.";
    case "volume.state_changed":
      if (data.missing === true) return "The saved data is missing: the backend does not have it any more.";
      if (data.missing === false) return "The saved data is there again.";
      if (data.returned === true) return "The saved data was erased, and the backend has it again.";
      if (text("heldBecause")) return `The saved data is kept although its deadline has passed. ${text("heldBecause")}`;
      return VOLUME_STATES[text("state") as VolumeState] ?? "Its saved data changed.";
    case "retention.held":
      return `Expired data is kept for now. ${text("because") ?? "Open Saved data for the reason."}`;
    case "retention.resumed":
      return "Expired data is erased again when its deadline passes.";
    case "files.changed":
      return "Files were changed.";
    case "terminal.opened":
      return "A terminal was opened.";
    case "terminal.closed":
      return `A terminal was closed${TERMINAL_ENDS[text("reason") ?? ""] ?? ""}.`;
    case "token.created":
      return "A token for it was made.";
    case "token.revoked":
      return "A token for it was revoked.";
    default:
      // A newer server may tell of things this page does not know.
      return String(type).replaceAll(/[._]/g, " ");
  }
}

export type EventTone = "plain" | "good" | "bad";

export function eventTone({ type, data }: Pick<BerthEvent, "type" | "data">): EventTone {
  if (
    data.missing === true ||
    data.returned === true ||
    type === "retention.held" ||
    data.status === "failed" ||
    data.status === "offline" ||
    data.status === "degraded"
  )
    return "bad";
  if (type === "operation.finished" || data.status === "online") return "good";
  return "plain";
}
