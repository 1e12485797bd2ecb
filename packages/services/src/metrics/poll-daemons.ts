import type { DaemonSession } from "@berth/backends/tunnel";
import { insertMetrics } from "@berth/db";
import { DAEMON_ROUTES, METRICS } from "@berth/domain";
import type { Deps } from "../deps.ts";
import type { Samples } from "./samples.ts";

const ANSWER_WITHIN_MS = 2_000;
/** A connecting daemon triggers an early run, which must not poll the other daemons again. */
const FRESH_MS = (METRICS.sampleSeconds * 1000 * 4) / 5;

/** Polls the status of every daemon connected to this process, and stores the averages that are due. */
export async function pollDaemons(deps: Deps, signal: AbortSignal): Promise<void> {
  const { samples } = deps;
  const sessions = deps.tunnel.sessions().filter(({ purpose }) => purpose === "workspace");
  const due = sessions.filter(({ incarnationId }) => samples.status(incarnationId, FRESH_MS) === null);
  // All in parallel, so that an unresponsive daemon does not delay the others.
  await Promise.all(due.map((session) => poll(samples, session, signal)));
  samples.dropStale(new Set(sessions.map(({ incarnationId }) => incarnationId)));
  await insertMetrics(deps.db, samples.takeAverages());
}

async function poll(samples: Samples, session: DaemonSession, signal: AbortSignal): Promise<void> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const call = { method: "GET", route: DAEMON_ROUTES.status, signal: bounded } as const;
  // A daemon that does not respond in time is polled again in the next run. The observe loop detects lost daemons.
  const status = await session.json(call).catch(() => null);
  if (status) samples.add(session, status);
}
