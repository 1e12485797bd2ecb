import {
  removeOldReplicas,
  sweepAccess,
  sweepCommands,
  sweepMetrics,
  sweepPortAccess,
  sweepTerminals,
  trimRecords,
} from "@berth/db";
import { LIMITS, METRICS } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "./run-loop.ts";

const PERIOD_SECONDS = 600;

/**
 * Removes expired sessions, sign-in codes and idempotency keys, metrics, ended terminals and ended commands older than a day, ended shares and preview sessions, replicas that
 * ended long ago, and events, operations and records of deleted workspaces past their retention.
 */
export const startHousekeepingLoop = (deps: LifecycleDeps): Loop =>
  startLoop({
    name: "housekeeping",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    async run() {
      await sweepAccess(deps.db, LIMITS.idempotencyKeepHours);
      await sweepMetrics(deps.db, METRICS.averagesKeptSeconds + METRICS.averageSeconds);
      await sweepTerminals(deps.db, LIMITS.terminalListedHours);
      await sweepCommands(deps.db, { keepHours: LIMITS.commandListedHours, keepMax: LIMITS.commandsListedMax });
      await sweepPortAccess(deps.db);
      const removed = await removeOldReplicas(deps.db);
      if (removed.length > 0) deps.log("info", { evt: "replicas.removed", removed });
      const trimmed = await trimRecords(deps.db, LIMITS);
      if (Object.values(trimmed).some((count) => count > 0)) deps.log("info", { evt: "records.trimmed", ...trimmed });
    },
  });
