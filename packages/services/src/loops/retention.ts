import { expiredVolumes, holdVolume, inTransaction, type VolumeRow } from "@berth/db";
import { volumeChanged } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { requestOperation } from "../operations/request.ts";
import { obstacleToExpiry } from "../volumes/may-expire.ts";
import { ExpiryWatch, type ReadClock, readSystemClock } from "./expiry-hold.ts";
import { type Loop, startLoop } from "./run-loop.ts";

const BATCH = 50;

/**
 * Orders the erase of retained volumes whose grace time has ended. A row and a clock alone are not enough:
 * `ExpiryWatch` checks the clock and `obstacleToExpiry` checks the volume.
 */
export function startRetentionLoop(deps: LifecycleDeps, readClock: ReadClock = readSystemClock): Loop {
  const watch = new ExpiryWatch(deps, readClock);
  return startLoop({
    name: "retention",
    periodSeconds: deps.settings.sweepIntervalSeconds,
    log: deps.log,
    async run() {
      const expired = await expiredVolumes(deps.db, BATCH);
      // Checked after the query, so that a clock jump before it is noticed.
      if (await watch.check()) return;
      for (const volume of expired) {
        try {
          const obstacle = await obstacleToExpiry(deps, volume);
          if (obstacle === null) await orderExpiry(deps, volume);
          else if (obstacle.kind === "held") await hold(deps, volume, obstacle.because);
        } catch (error) {
          // An unresponsive backend must not delay the others.
          deps.log("warn", { msg: "expiry check failed", volumeId: volume.id, error: String(error) });
        }
      }
    },
  });
}

async function orderExpiry(deps: LifecycleDeps, volume: VolumeRow): Promise<void> {
  await inTransaction(deps.db, (tx) =>
    // Has no effect when the volume was restored or erased in the meantime.
    requestOperation(tx, {
      ...{ subject: volume, kind: "erase", from: ["retained"], reason: "retention_expired", confirmedName: null },
      requestedBy: "berth: the grace time has ended",
    }),
  );
}

/** From now on its deadline is ignored. A person erases, restores or adopts it. */
async function hold(deps: LifecycleDeps, { id: volumeId, backend }: VolumeRow, because: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const row = await holdVolume(tx, volumeId, because);
    if (!row) return;
    deps.log("warn", { evt: "retention.volume_held", volumeId, backend, because });
    tx.emit(volumeChanged(row, { heldBecause: because }));
  });
}
