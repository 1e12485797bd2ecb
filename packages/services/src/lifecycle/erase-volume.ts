import {
  appendEvents,
  beginErase,
  type EraseProof,
  findVolume,
  finishOperation,
  hasEraseBegun,
  loadEraseOrder,
  lockWorkspace,
  markErased,
  proveErased,
  setDataState,
  type VolumeRow,
  withdrawErase,
} from "@berth/db";
import { DomainError } from "@berth/domain";
import { endBrowsing } from "./end-machines.ts";
import { retentionNow } from "./expiry-hold.ts";
import { obstacleToExpiry } from "./may-expire.ts";
import { type OperationRun, Superseded } from "./operation-run.ts";
import { freeFromStrangers } from "./strangers.ts";

/** Carries out an erase order and ends in a receipt. Repeated until a second look proves the data absent. */
export async function eraseVolume(run: OperationRun, volumeId: string): Promise<void> {
  const { deps } = run;
  const order = await loadEraseOrder(deps.db, volumeId);
  const volume = await findVolume(deps.db, volumeId);
  // No order in force: the receipt is there already.
  if (!order || !volume) return;
  const isByClock = order.reason === "retention_expired";
  if (isByClock && (await withdrawnByDoubt(run, volume, order.id))) return;
  await run.step("Erase the saved data", async (progress) => {
    await endBrowsing(deps, volumeId);
    // A person named the data, so a machine that no row knows goes too. For the clock such a machine is a reason to stop.
    if (!isByClock) await freeFromStrangers(deps, volume.backend, volumeId);
    await beginErase(deps.db, order.id);
    await deps.gateway.erase(volume.backend, order, {
      signal: run.signal,
      progress: (entriesRemoved) => progress(`${entriesRemoved} entries removed so far.`),
    });
    await markErased(deps.db, order.id);
  });
  await run.step("Prove that it is gone", async () => {
    const { presence, method } = await deps.gateway.proveAbsent(volume.backend, order);
    if (presence === "present") {
      const message = `The ${volume.backend} backend still finds the data after the erase. It is checked again.`;
      throw new DomainError("backend_unavailable", message);
    }
    if (presence === "unknown") {
      throw new DomainError("backend_unavailable", `Whether the data is gone cannot be said yet: ${method}`);
    }
    await storeReceipt(run, volume, order.id, method);
  });
}

/** The last check before the first byte goes. What the clock ordered is taken back when anything disagrees by now. */
async function withdrawnByDoubt(run: OperationRun, volume: VolumeRow, orderId: string): Promise<boolean> {
  const { deps, steps } = run;
  if (await hasEraseBegun(deps.db, orderId)) return false;
  const obstacle = await obstacleToExpiry(deps, volume);
  const isOnHold = (await retentionNow(deps)).hold !== null;
  if (obstacle === null && !isOnHold) return false;
  const because = obstacle?.kind === "held" ? obstacle.because : null;
  await deps.db.transaction(async (tx) => {
    const kept = await withdrawErase(tx, orderId, because);
    if (!kept) return;
    const { orgId, workspaceId, state } = kept;
    const isOurs = await finishOperation(tx, run.lease, { status: "superseded", steps, error: null });
    if (!isOurs) throw new Superseded();
    deps.log("warn", { evt: "retention.erase_withdrawn", volumeId: volume.id, because });
    const data = { volumeId: volume.id, state, heldBecause: because };
    await appendEvents(tx, [{ orgId, type: "volume.state_changed", workspaceId, data }]);
  });
  return true;
}

const storeReceipt = (run: OperationRun, volume: VolumeRow, orderId: string, verification: string): Promise<void> =>
  run.deps.db.transaction(async (tx) => {
    const { orgId, workspaceId } = volume;
    const workspace = workspaceId ? await lockWorkspace(tx, workspaceId) : undefined;
    const erased = await proveErased(tx, orderId, { verification, ...reach(volume) });
    if (!erased) return;
    if (workspace?.volumeId === volume.id) await setDataState(tx, workspace.id, "none");
    const data = { volumeId: volume.id, state: "erased" };
    await appendEvents(tx, [{ orgId, type: "volume.state_changed", workspaceId, data }]);
  });

/** How far an erase reaches, and, said as plainly, how far it does not. */
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
      ...whatWasMissing(volume),
      "Copies, backups and snapshots made outside Berth",
      "Blocks of the storage device: they are freed, not overwritten",
      "Berth's record of the workspace: its name, settings, operations and events",
    ],
  };
}

function whatWasMissing({ missingSince, missingParts }: VolumeRow): string[] {
  if (!missingSince) return [];
  const what = missingParts ? `What lay in ${missingParts.join(" and ")}` : "What lay on the volume";
  return [`${what}: it was missing, since ${missingSince.toISOString()}`];
}
