import { findOpenVolumeOperation, type OperationRow, type Transaction, type VolumeRow } from "@berth/db";
import type { Actor } from "@berth/domain";
import { requestOperation, type VolumeRequest } from "../operations/request.ts";

/**
 * Orders the erase of a volume that no workspace uses. A repeated request joins the open erase.
 *
 * @returns undefined when the volume is in use or erased already.
 */
export async function queueErase(
  tx: Transaction,
  actor: Actor,
  subject: VolumeRow,
  request: Pick<VolumeRequest, "reason" | "confirmedName">,
): Promise<OperationRow | undefined> {
  const from = ["retained", "quarantined"] as const;
  const queued = await requestOperation(tx, { ...request, subject, kind: "erase", from, requestedBy: actor.id });
  // A concurrent request may have ordered it first; join its erase.
  return queued ?? findOpenVolumeOperation(tx, subject.id);
}
