import {
  type BerthEvent,
  EVENT_TYPES,
  type EventData,
  type EventType,
  type OperationKind,
  type TerminalEndReason,
  type VolumeState,
  type WorkspaceStatus,
} from "@berth/domain";
import { OPERATION_NAMES } from "#shared/operations/operation-text.ts";
import { lookOf } from "#shared/workspace/status.ts";

/** The filters to choose from, with the event types of each. */
export const EVENT_FILTERS = {
  all: { label: "All events", types: EVENT_TYPES },
  status: { label: "Status", types: ["workspace.created", "workspace.status_changed"] },
  operations: { label: "Operations", types: ["operation.queued", "operation.step", "operation.finished"] },
  changes: { label: "Settings and place", types: ["workspace.updated", "workspace.layout_changed"] },
  data: {
    label: "Saved data",
    types: ["volume.created", "volume.state_changed", "retention.held", "retention.resumed"],
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

const TERMINAL_ENDS: Record<TerminalEndReason, string> = {
  exited: ": its shell exited",
  closed: " by a request",
  unused: ", because it was not used",
  machine_stopped: ": its machine stopped",
};

/** An event as a sentence. Events carry only ids and statuses, so the text does not name other objects. */
export function eventText(event: BerthEvent): string {
  switch (event.type) {
    case "workspace.created":
      return "The workspace was created.";
    case "workspace.updated":
      return "Its name, role, team or settings were changed.";
    case "workspace.layout_changed":
      return "It was moved on the map.";
    case "workspace.status_changed":
      return `It is now ${lookOf(event.data.status).label.toLowerCase()}, generation ${event.data.generation}.`;
    case "operation.queued":
      return `${operationOf(event.data)} was asked for${event.data.cause ? `: ${event.data.cause}` : ""}.`;
    case "operation.step":
      return event.data.step
        ? `${operationOf(event.data)}: ${event.data.step}.`
        : `${operationOf(event.data)} continues.`;
    case "operation.finished":
      return `${operationOf(event.data)} ${event.data.status === "failed" ? "failed" : "is done"}.`;
    case "volume.created":
      return "A volume for its data was made.";
    case "volume.state_changed":
      return volumeText(event.data);
    case "retention.held":
      return `Expired data is kept for now. ${event.data.because}`;
    case "retention.resumed":
      return "Expired data is erased again when its deadline passes.";
    case "terminal.opened":
      return "A terminal was opened.";
    case "terminal.closed":
      return `A terminal was closed${TERMINAL_ENDS[event.data.reason]}.`;
    case "token.created":
      return "A token for it was made.";
    case "token.revoked":
      return "A token for it was revoked.";
    default:
      // A newer server may send unknown types.
      return `${event.type.replaceAll(/[._]/g, " ")}.`;
  }
}

/** A newer server may send an unknown operation. */
const operationOf = ({ kind }: { kind: OperationKind }): string => OPERATION_NAMES[kind] ?? kind;

function volumeText({ state, missing, returned, heldBecause }: EventData["volume.state_changed"]): string {
  if (missing === true) return "The saved data is missing: the backend does not have it any more.";
  if (missing === false) return "The saved data is there again.";
  if (returned) return "The saved data was erased, and the backend has it again.";
  if (heldBecause) return `The saved data is kept although its deadline has passed. ${heldBecause}`;
  return VOLUME_STATES[state];
}

export type EventTone = "plain" | "good" | "bad";

export function eventTone(event: BerthEvent): EventTone {
  switch (event.type) {
    case "retention.held":
      return "bad";
    case "operation.finished":
      return event.data.status === "failed" ? "bad" : "good";
    case "volume.state_changed":
      return event.data.missing || event.data.returned ? "bad" : "plain";
    case "workspace.status_changed":
      return TONES[event.data.status] ?? "plain";
    default:
      return "plain";
  }
}

const TONES: Partial<Record<WorkspaceStatus, EventTone>> = {
  ...{ online: "good", failed: "bad", offline: "bad", degraded: "bad" },
};
