import {
  appendEvents,
  type Database,
  findOpenVolumeOperation,
  insertOperation,
  type OperationRow,
  orderErase,
  type VolumeRow,
} from "@berth/db";
import type { Actor, EraseReason } from "@berth/domain";

interface EraseRequest {
  reason: EraseReason;
  /** What was typed to confirm. */
  confirmedName: string;
}

/**
 * Orders the erase of a volume that no workspace uses, with an operation of its own. A repetition joins the erase that runs.
 *
 * @returns undefined when the volume is in use or erased already.
 */
export async function queueErase(
  tx: Database,
  actor: Actor,
  { id: volumeId, orgId, backend, workspaceId }: VolumeRow,
  request: EraseRequest,
): Promise<OperationRow | undefined> {
  const order = { orgId, volumeId, backend, requestedBy: actor.id, ...request };
  if (!(await orderErase(tx, order, ["retained", "quarantined"]))) {
    // The same request at the same moment may have been first: then this one joins it.
    return findOpenVolumeOperation(tx, volumeId);
  }
  const queued = await insertOperation(tx, { orgId, volumeId, kind: "erase", requestedBy: actor.id });
  const data = { volumeId, state: "erasing" };
  await appendEvents(tx, [{ orgId, type: "volume.state_changed", workspaceId, data }]);
  return queued;
}
