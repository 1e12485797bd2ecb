import { sweepAccess, sweepMetrics, sweepTerminals } from "@berth/db";
import { LIMITS, METRICS } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "./run-loop.ts";

const PERIOD_SECONDS = 600;

/** Removes expired sessions, sign-in codes and idempotency keys, and metrics and ended terminals older than a day. */
export const startHousekeepingLoop = (deps: LifecycleDeps): Loop =>
  startLoop({
    name: "housekeeping",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    async turn() {
      await sweepAccess(deps.db, LIMITS.idempotencyKeepHours);
      await sweepMetrics(deps.db, METRICS.averagesKeptSeconds + METRICS.averageSeconds);
      await sweepTerminals(deps.db, LIMITS.terminalListedHours);
    },
  });
