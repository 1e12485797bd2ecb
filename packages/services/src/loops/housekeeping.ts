import { sweepAccess } from "@berth/db";
import { LIMITS } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "./run-loop.ts";

const PERIOD_SECONDS = 600;

/** Removes expired sessions, sign-in codes and idempotency keys. */
export const startHousekeepingLoop = (deps: LifecycleDeps): Loop =>
  startLoop({
    name: "housekeeping",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    turn: () => sweepAccess(deps.db, LIMITS.idempotencyKeepHours),
  });
