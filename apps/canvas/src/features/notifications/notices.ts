import type { BerthEvent, OperationKind, WorkspaceStatus } from "@berth/domain";

/** An outcome worth reporting later: a failure, or long work that succeeded. */
export interface Notice {
  /** The sequence of its event. */
  id: number;
  workspaceId: string | null;
  at: string;
  about:
    | { kind: "operation_failed"; operation: OperationKind }
    | { kind: "operation_done"; operation: OperationKind; tookMilliseconds: number }
    | { kind: "trouble"; status: WorkspaceStatus }
    | { kind: "data_missing" }
    | { kind: "data_held"; because: string }
    | { kind: "expiry_held"; because: string }
    | { kind: "data_returned" }
    | { kind: "data_set_aside" };
}

export interface NoticeState {
  /** Newest first. */
  notices: readonly Notice[];
  /** The request time of each running operation, to compute its duration. */
  askedAt: ReadonlyMap<string, string>;
}

/** Shorter work was probably watched, so it needs no notice. */
export const LONG_MILLISECONDS = 10_000;
const KEPT = 200;

const NEEDS_ATTENTION: readonly WorkspaceStatus[] = ["offline", "degraded"];

/** The notices after one more event. Applying an event twice changes nothing. */
export function noticesAfter(state: NoticeState, event: BerthEvent): NoticeState {
  if (state.notices.some((notice) => notice.id === event.sequence)) return state;
  switch (event.type) {
    case "operation.queued":
      return { ...state, askedAt: new Map(state.askedAt).set(event.data.operationId, event.at) };
    case "operation.finished": {
      const { operationId, kind: operation, status } = event.data;
      const askedAt = new Map(state.askedAt);
      const since = askedAt.get(operationId);
      askedAt.delete(operationId);
      if (status === "failed") return added({ ...state, askedAt }, event, { kind: "operation_failed", operation });
      const tookMilliseconds = since === undefined ? 0 : Date.parse(event.at) - Date.parse(since);
      return tookMilliseconds >= LONG_MILLISECONDS
        ? added({ ...state, askedAt }, event, { kind: "operation_done", operation, tookMilliseconds })
        : { ...state, askedAt };
    }
    case "workspace.status_changed":
      return NEEDS_ATTENTION.includes(event.data.status)
        ? added(state, event, { kind: "trouble", status: event.data.status })
        : state;
    case "volume.state_changed":
      if (event.data.missing) return added(state, event, { kind: "data_missing" });
      if (event.data.returned) return added(state, event, { kind: "data_returned" });
      if (event.data.heldBecause) return added(state, event, { kind: "data_held", because: event.data.heldBecause });
      return event.data.state === "quarantined" ? added(state, event, { kind: "data_set_aside" }) : state;
    case "retention.held":
      return added(state, event, { kind: "expiry_held", because: event.data.because });
    default:
      return state;
  }
}

function added(state: NoticeState, event: BerthEvent, about: Notice["about"]): NoticeState {
  const notice: Notice = { id: event.sequence, workspaceId: event.workspaceId, at: event.at, about };
  return { ...state, notices: [notice, ...state.notices].slice(0, KEPT) };
}
