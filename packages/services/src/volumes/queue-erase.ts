import { findOpenVolumeOperation, type OperationRow, type Transaction, type VolumeRow } from "@berth/db";
import type { Actor } from "@berth/domain";
import { requestOperation, type VolumeRequest } from "../operations/request.ts";

/**
 * Orders the erase of a volume that no workspace uses. A repetition joins the erase that runs.
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
  // The same request at the same moment may have been first: then this one joins it.
  return queued ?? findOpenVolumeOperation(tx, subject.id);
}
