import type { BackendKind } from "../backends.ts";
import type { EraseReason } from "./erase-order.ts";

/**
 * `attached` to a live workspace; `retained` after its workspace was deleted or released it; `quarantined` when a
 * sweep found it without a row or although it was erased; `erasing` from the order until the second check; `erased`
 * with a receipt.
 */
export const VOLUME_STATES = ["attached", "retained", "quarantined", "erasing", "erased"] as const;
export type VolumeState = (typeof VOLUME_STATES)[number];

export interface Volume {
  id: string;
  state: VolumeState;
  workspaceId: string | null;
  workspaceName: string;
  backend: BackendKind;
  sizeBytes: number | null;
  measuredAt: string | null;
  /** When the grace time ends and the data is erased. Null: kept until a person decides. */
  retainedUntil: string | null;
  /**
   * Why the deadline is on hold until a person erases, restores or adopts the volume; null while the deadline counts.
   */
  heldBecause: string | null;
  /** Set while the backend does not have it. */
  missingSince: string | null;
  /** The missing parts, such as `workspace`. Null: none, or the whole volume. */
  missingParts: string[] | null;
  /** Set while an erased volume that exists again is `quarantined` or `erasing`. */
  returnedAt: string | null;
  createdAt: string;
}

/** Whether retained data expires at its deadline. Expiry waits after a clock jump, an outage or a database restore. */
export interface Retention {
  /** `since` identifies the hold: each new reason starts a new one. */
  hold: { since: string; because: string; waitedSeconds: number; waitSecondsMax: number } | null;
}

/** The proof of an erase, with what it covered. */
export interface EraseReceipt {
  volumeId: string;
  workspaceId: string | null;
  workspaceName: string;
  /** The actor, as in the audit trail: `owner`, `token:<id>`, or `berth: <why>`. */
  requestedBy: string;
  /** The token of the actor, revoked or not; null when there was none, or when it is no longer known. */
  requestedByToken: { name: string; revokedAt: string | null } | null;
  reason: EraseReason;
  requestedAt: string;
  erasedAt: string;
  verifiedAt: string;
  /** How absence was verified, e.g. `docker volume inspect: no such volume`. */
  verification: string;
  covered: string[];
  notCovered: string[];
}
