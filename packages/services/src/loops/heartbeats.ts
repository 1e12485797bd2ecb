import type { DaemonSession } from "@berth/backends/tunnel";
import { findIncarnation, recordHeartbeats } from "@berth/db";
import { METRICS } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { pollDaemons } from "../metrics/poll-daemons.ts";
import { measureThrough } from "../volumes/measure.ts";
import { type Loop, startLoop } from "./run-loop.ts";

const MEASURE_SECONDS = 300;

/**
 * Records all connected incarnations in one statement and polls each daemon's status. A session exists only while it
 * responds to pings.
 */
export function startHeartbeatLoop(deps: LifecycleDeps): Loop {
  const onConnected = () => loop.wake();
  const loop = startLoop({
    name: "heartbeats",
    periodSeconds: METRICS.sampleSeconds,
    log: deps.log,
    async run(signal) {
      const connected = deps.tunnel.sessions().map((session) => session.incarnationId);
      await Promise.all([recordHeartbeats(deps.db, connected), pollDaemons(deps, signal)]);
    },
  });
  deps.tunnel.on("connected", onConnected);
  return {
    ...loop,
    stop() {
      deps.tunnel.off("connected", onConnected);
      return loop.stop();
    },
  };
}

/** A run ends before the next one is due. Daemons that it did not reach are first in the next run. */
const MEASURE_TURN_MS = (MEASURE_SECONDS * 1000 * 4) / 5;
const MEASURED_AT_ONCE = 4;

/** Measures the volumes of connected workspaces, a few at a time to limit the load. */
export function startMeasureLoop(deps: LifecycleDeps): Loop {
  const askedAt = new WeakMap<DaemonSession, number>();
  return startLoop({
    name: "measure",
    periodSeconds: MEASURE_SECONDS,
    log: deps.log,
    async run(signal) {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(MEASURE_TURN_MS)]);
      const due = deps.tunnel
        .sessions()
        .sort((left, right) => (askedAt.get(left) ?? 0) - (askedAt.get(right) ?? 0))
        .values();
      const measureNext = async () => {
        for (const session of due) {
          if (bounded.aborted) return;
          askedAt.set(session, performance.now());
          await measure(deps, session, bounded);
        }
      };
      await Promise.all(Array.from({ length: MEASURED_AT_ONCE }, measureNext));
    },
  });
}

async function measure(deps: LifecycleDeps, session: DaemonSession, signal: AbortSignal): Promise<void> {
  const incarnation = await findIncarnation(deps.db, session.incarnationId);
  if (!incarnation?.volumeId) return;
  await measureThrough(deps, session, incarnation.volumeId, signal);
}
