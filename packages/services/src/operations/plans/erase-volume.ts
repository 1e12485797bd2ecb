import {
  beginErase,
  type EraseProof,
  findVolume,
  finishOperation,
  hasEraseBegun,
  inTransaction,
  loadEraseOrder,
  lockWorkspace,
  markErased,
  proveErased,
  setDataState,
  type VolumeRow,
  withdrawErase,
} from "@berth/db";
import { DomainError, volumeChanged } from "@berth/domain";
import { endBrowsing } from "../../instances/end.ts";
import { destroyUntrackedOnVolume } from "../../instances/untracked.ts";
import { retentionNow } from "../../loops/expiry-hold.ts";
import { obstacleToExpiry } from "../../volumes/may-expire.ts";
import { type OperationRun, Superseded } from "../run.ts";

/** Executes an erase order until a check proves the data absent, then writes the receipt. */
export async function eraseVolume(run: OperationRun, volumeId: string): Promise<void> {
  const { deps } = run;
  const order = await loadEraseOrder(deps.db, volumeId);
  const volume = await findVolume(deps.db, volumeId);
  // The order was already carried out or withdrawn.
  if (!order || !volume) return;
  const isByClock = order.reason === "retention_expired";
  if (isByClock && (await withdrawOnMismatch(run, volume, order.id))) return;
  await run.step("Erase the saved data", async (progress) => {
    await endBrowsing(deps, volumeId);
    // A person named this data, so untracked instances are destroyed with it. An expiry does not destroy them.
    if (!isByClock) await destroyUntrackedOnVolume(deps, volume.backend, volumeId);
    await beginErase(deps.db, order.id);
    await deps.gateway.erase(volume.backend, order, {
      signal: run.signal,
      progress: (entriesRemoved) => progress(`${entriesRemoved.toLocaleString("en-US")} entries removed so far.`),
    });
    await markErased(deps.db, order.id);
  });
  await run.step("Verify that it is gone", async () => {
    const { presence, method } = await deps.gateway.proveAbsent(volume.backend, order);
    if (presence === "present") {
      const message = `The ${volume.backend} backend still finds the data after the erase. It is checked again.`;
      throw new DomainError("backend_unavailable", message);
    }
    if (presence === "unknown") {
      throw new DomainError("backend_unavailable", `It cannot be verified yet that the data is gone: ${method}`);
    }
    await storeReceipt(run, volume, order.id, method);
  });
}

/** The last check before an expiry erases anything. Withdraws the order after a mismatch. */
async function withdrawOnMismatch(run: OperationRun, volume: VolumeRow, orderId: string): Promise<boolean> {
  const { deps, steps } = run;
  if (await hasEraseBegun(deps.db, orderId)) return false;
  const obstacle = await obstacleToExpiry(deps, volume);
  const isOnHold = (await retentionNow(deps)).hold !== null;
  if (obstacle === null && !isOnHold) return false;
  const because = obstacle?.kind === "held" ? obstacle.because : null;
  await inTransaction(deps.db, async (tx) => {
    const kept = await withdrawErase(tx, orderId, because);
    if (!kept) return;
    const isOurs = await finishOperation(tx, run.lease, { status: "superseded", steps, error: null });
    if (!isOurs) throw new Superseded();
    deps.log("warn", { evt: "retention.erase_withdrawn", volumeId: volume.id, because });
    tx.emit(volumeChanged(kept, { heldBecause: because }));
  });
  return true;
}

const storeReceipt = (run: OperationRun, volume: VolumeRow, orderId: string, verification: string): Promise<void> =>
  inTransaction(run.deps.db, async (tx) => {
    const { workspaceId } = volume;
    const workspace = workspaceId ? await lockWorkspace(tx, workspaceId) : undefined;
    const erased = await proveErased(tx, orderId, { verification, ...reach(volume) });
    if (!erased) return;
    if (workspace?.volumeId === volume.id) await setDataState(tx, workspace.id, "none");
    tx.emit(volumeChanged({ ...erased, workspaceId }));
  });

/** What an erase covers and what it does not. */
function reach(volume: VolumeRow): Pick<EraseProof, "covered" | "notCovered"> {
  const covered = volume.madeAt
    ? [
        `Data volume ${volume.id} with /workspace, /configs and unfinished uploads`,
        "$HOME and the machine's own disk, with the machine",
      ]
    : ["/workspace, /configs and $HOME on the machine's own disk, with the machine"];
  return {
    covered,
    notCovered: [
      ...missingContents(volume),
      "Copies, backups and snapshots made outside Berth",
      "Blocks of the storage device: they are freed, not overwritten",
      "Berth's record of the workspace: its name, settings, operations and events",
    ],
  };
}

function missingContents({ missingSince, missingParts }: VolumeRow): string[] {
  if (!missingSince) return [];
  const what = missingParts ? `The contents of ${missingParts.join(" and ")}` : "The contents of the volume";
  return [`${what}: missing since ${missingSince.toISOString()}`];
}
