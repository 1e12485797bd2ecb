import { z } from "zod";
import type { BackendKind } from "../backends.ts";
import { idSchema } from "../ids.ts";
import { storableText } from "../text.ts";
import { createWorkspaceInput } from "../workspace/inputs.ts";
import type { EraseReason } from "./erase-order.ts";
import { VOLUME_STATES, type VolumeState } from "./volume-states.ts";

export interface Volume {
  id: string;
  state: VolumeState;
  workspaceId: string | null;
  workspaceName: string;
  backend: BackendKind;
  sizeBytes: number | null;
  measuredAt: string | null;
  /** When the grace time ends and the data is erased; null: kept until somebody decides. */
  retainedUntil: string | null;
  /** Why the deadline does not count until somebody erases, restores or adopts it; null while it counts. */
  heldBecause: string | null;
  /** Set while the backend does not have it any more. */
  missingSince: string | null;
  /** Which parts are missing, e.g. `workspace`; null while none is, or all of it is. */
  missingParts: string[] | null;
  /** Set while it is `quarantined` or `erasing` although it was erased before: its backend had it again. */
  returnedAt: string | null;
  createdAt: string;
}

/** Whether retained data expires at its deadline. After a clock jump, an outage or a restored database it waits. */
export interface Retention {
  /** `since` names the hold: each new reason begins a new one. */
  hold: { since: string; because: string; waitedSeconds: number; waitSecondsMax: number } | null;
}

/** The proof that an erase happened, and of how far it reached. */
export interface EraseReceipt {
  volumeId: string;
  workspaceId: string | null;
  workspaceName: string;
  /** Who asked, as in the audit trail: `owner`, `token:<id>`, or `berth: <why>`. */
  requestedBy: string;
  /** The token that asked, revoked or not; null when none did, or when it is not known any more. */
  requestedByToken: { name: string; revokedAt: string | null } | null;
  reason: EraseReason;
  requestedAt: string;
  erasedAt: string;
  verifiedAt: string;
  /** How absence was seen, e.g. `docker volume inspect: no such volume`. */
  verification: string;
  covered: string[];
  notCovered: string[];
}

export const volumeIdInput = z.strictObject({ id: idSchema });
export const listVolumesInput = z.strictObject({ state: z.enum(VOLUME_STATES).optional() });
export const eraseVolumeInput = z.strictObject({ id: idSchema, confirmName: storableText() });
export type EraseVolumeInput = z.output<typeof eraseVolumeInput>;

/** `since` of the hold that the operator saw, so that a stale page does not end another hold. */
export const confirmRetentionInput = z.strictObject({ since: z.iso.datetime() });
export type ConfirmRetentionInput = z.output<typeof confirmRetentionInput>;

/** A new workspace on a volume nobody uses: everything a create takes, and the volume. */
export const adoptVolumeInput = z.strictObject({ ...createWorkspaceInput.shape, id: idSchema });
export type AdoptVolumeInput = z.output<typeof adoptVolumeInput>;
