import type { OperationKind, WorkspaceStatus } from "@berth/domain";

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

export const NO_NOTICES: NoticeState = { notices: [], askedAt: new Map() };
