import { appendEvents, expiredVolumes, insertOperation, orderErase } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";

const BATCH = 50;

/** Orders the erase of retained volumes whose grace time has ended. Each ends in a receipt of its own. */
export function startRetentionLoop(deps: LifecycleDeps): Loop {
  return startLoop({
    name: "retention",
    periodSeconds: deps.settings.sweepIntervalSeconds,
    log: deps.log,
    async turn() {
      for (const volume of await expiredVolumes(deps.db, BATCH)) {
        const { id: volumeId, orgId, backend, workspaceId } = volume;
        const requestedBy = "berth: the grace time has ended";
        await deps.db.transaction(async (tx) => {
          const order = {
            orgId,
            volumeId,
            backend,
            reason: "retention_expired" as const,
            requestedBy,
            confirmedName: null,
          };
          // Somebody restored or erased it meanwhile: then there is nothing to order.
          if (!(await orderErase(tx, order, ["retained"]))) return;
          await insertOperation(tx, { orgId, volumeId, kind: "erase", requestedBy });
          const data = { volumeId, state: "erasing" };
          await appendEvents(tx, [{ orgId, type: "volume.state_changed", workspaceId, data }]);
        });
      }
    },
  });
}
