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
import { statusStyle } from "#shared/workspace/status.ts";

/** The filters to choose from, with the event types of each. */
export const EVENT_FILTERS = {
  all: { label: "All events", types: EVENT_TYPES },
  status: { label: "Status", types: ["workspace.created", "workspace.status_changed"] },
  operations: { label: "Operations", types: ["operation.queued", "operation.step", "operation.finished"] },
  changes: { label: "Settings and position", types: ["workspace.updated", "workspace.layout_changed"] },
  data: {
    label: "Saved data",
    types: ["volume.created", "volume.state_changed", "retention.held", "retention.resumed"],
  },
  terminals: { label: "Terminals", types: ["terminal.opened", "terminal.closed"] },
  ports: { label: "Ports", types: ["port.shared", "port.share_revoked"] },
  commands: { label: "Commands", types: ["command.started", "command.ended"] },
  tokens: { label: "Tokens", types: ["token.created", "token.revoked"] },
} as const satisfies Record<string, { label: string; types: readonly EventType[] }>;
export type EventFilterName = keyof typeof EVENT_FILTERS;

export const passes = (filter: EventFilterName, { type }: Pick<BerthEvent, "type">): boolean =>
  (EVENT_FILTERS[filter].types as readonly string[]).includes(type);

const VOLUME_STATES: Record<VolumeState, string> = {
  attached: "Saved data is in use.",
  retained: "Saved data is kept.",
  quarantined: "Saved data is quarantined, because no workspace uses it.",
  erasing: "Erasing saved data.",
  erased: "Saved data erased.",
};

const TERMINAL_ENDS: Record<TerminalEndReason, string> = {
  exited: ": the shell exited",
  closed: " on request",
  unused: " after inactivity",
  machine_stopped: ": the machine stopped",
};

/** An event as a sentence. Events carry only ids and statuses, so the text does not name other objects. */
export function eventText(event: BerthEvent): string {
  switch (event.type) {
    case "workspace.created":
      return "Workspace created.";
    case "workspace.updated":
      return "Name, role, team or settings changed.";
    case "workspace.layout_changed":
      return "Moved on the map.";
    case "workspace.status_changed":
      return `Status: ${statusStyle(event.data.status).label.toLowerCase()}, generation ${event.data.generation}.`;
    case "operation.queued":
      return `${operationOf(event.data)} requested${event.data.cause ? `: ${event.data.cause}` : ""}.`;
    case "operation.step":
      return event.data.step
        ? `${operationOf(event.data)}: ${event.data.step}.`
        : `${operationOf(event.data)} continues.`;
    case "operation.finished":
      return `${operationOf(event.data)} ${event.data.status === "failed" ? "failed" : "finished"}.`;
    case "volume.created":
      return "Data volume created.";
    case "volume.state_changed":
      return volumeText(event.data);
    case "retention.held":
      return `Expiry is on hold. ${event.data.because}`;
    case "retention.resumed":
      return "Expiry resumed.";
    case "terminal.opened":
      return "Terminal opened.";
    case "terminal.closed":
      return `Terminal closed${TERMINAL_ENDS[event.data.reason]}.`;
    case "command.started":
      return "Command started.";
    case "command.ended":
      return `Command ${commandEnd(event.data)}.`;
    case "port.shared":
      return `Port ${event.data.port} shared.`;
    case "port.share_revoked":
      return `Stopped sharing port ${event.data.port}.`;
    case "token.created":
      return "Token created.";
    case "token.revoked":
      return "Token revoked.";
    default:
      // A newer server may send unknown types.
      return `${event.type.replaceAll(/[._]/g, " ")}.`;
  }
}

function commandEnd({ state, exitCode }: EventData["command.ended"]): string {
  if (state === "lost") return "lost: its machine went away";
  return exitCode === null ? "ended by a signal" : `ended with exit code ${exitCode}`;
}

/** A newer server may send an unknown operation. */
const operationOf = ({ kind }: { kind: OperationKind }): string => OPERATION_NAMES[kind] ?? kind;

function volumeText({ state, missing, returned, heldBecause }: EventData["volume.state_changed"]): string {
  if (missing === true) return "Saved data is missing: the backend no longer has it.";
  if (missing === false) return "Saved data is available again.";
  if (returned) return "Erased data exists on the backend again.";
  if (heldBecause) return `Saved data is kept past its deadline. ${heldBecause}`;
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
