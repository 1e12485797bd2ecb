import { appendEvents, expiredVolumes, holdVolume, insertOperation, orderErase, type VolumeRow } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";
import { ExpiryWatch, type ReadClock, readSystemClock } from "./expiry-hold.ts";
import { obstacleToExpiry } from "./may-expire.ts";

const BATCH = 50;

/**
 * Orders the erase of retained volumes whose grace time has ended. Each ends in a receipt of its own. A row and a clock
 * alone are never enough: see `ExpiryWatch` and `obstacleToExpiry`.
 */
export function startRetentionLoop(deps: LifecycleDeps, readClock: ReadClock = readSystemClock): Loop {
  const watch = new ExpiryWatch(deps, readClock);
  return startLoop({
    name: "retention",
    periodSeconds: deps.settings.sweepIntervalSeconds,
    log: deps.log,
    async turn() {
      const expired = await expiredVolumes(deps.db, BATCH);
      // After the deadlines were compared with the clock: a jump in between, ahead of them, is noticed here.
      if (await watch.turn()) return;
      for (const volume of expired) {
        try {
          const obstacle = await obstacleToExpiry(deps, volume);
          if (obstacle === null) await orderExpiry(deps, volume);
          else if (obstacle.kind === "held") await hold(deps, volume, obstacle.because);
        } catch (error) {
          // A backend that is away keeps nobody else's data.
          deps.log("warn", { msg: "expiry was not decided", volumeId: volume.id, error: String(error) });
        }
      }
    },
  });
}

async function orderExpiry(deps: LifecycleDeps, volume: VolumeRow): Promise<void> {
  const { id: volumeId, orgId, backend, workspaceId } = volume;
  const requestedBy = "berth: the grace time has ended";
  const order = { orgId, volumeId, backend, reason: "retention_expired" as const, requestedBy, confirmedName: null };
  await deps.db.transaction(async (tx) => {
    // Somebody restored or erased it meanwhile: then there is nothing to order.
    if (!(await orderErase(tx, order, ["retained"]))) return;
    await insertOperation(tx, { orgId, volumeId, kind: "erase", requestedBy });
    const data = { volumeId, state: "erasing" };
    await appendEvents(tx, [{ orgId, type: "volume.state_changed", workspaceId, data }]);
  });
}

/** Its deadline does not count any more. A person erases, restores or adopts it. */
async function hold(deps: LifecycleDeps, { id: volumeId, backend }: VolumeRow, because: string): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const row = await holdVolume(tx, volumeId, because);
    if (!row) return;
    deps.log("warn", { evt: "retention.volume_held", volumeId, backend, because });
    const { orgId, workspaceId, state } = row;
    const data = { volumeId, state, heldBecause: because };
    await appendEvents(tx, [{ orgId, type: "volume.state_changed", workspaceId, data }]);
  });
}
