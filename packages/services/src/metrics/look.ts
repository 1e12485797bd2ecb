import type { DaemonSession } from "@berth/backends/tunnel";
import { insertMetrics } from "@berth/db";
import { DAEMON_ROUTES, METRICS } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { type Samples, samplesOf } from "./samples.ts";

const ANSWER_WITHIN_MS = 2_000;
/** A turn that comes early, because a daemon has just dialled, asks nobody twice. */
const FRESH_MS = (METRICS.sampleSeconds * 1000 * 4) / 5;

/** Asks every daemon of this process how it is, and stores the averages that are due. */
export async function lookAtDaemons(deps: Deps, signal: AbortSignal): Promise<void> {
  const samples = samplesOf(deps);
  const sessions = deps.tunnel.sessions().filter(({ purpose }) => purpose === "workspace");
  const due = sessions.filter(({ incarnationId }) => samples.status(incarnationId, FRESH_MS) === null);
  // All at the same time: daemons that do not answer must not make the others wait, however many they are.
  await Promise.all(due.map((session) => look(samples, session, signal)));
  samples.tidy(new Set(sessions.map(({ incarnationId }) => incarnationId)));
  await insertMetrics(deps.db, samples.takeAverages());
}

async function look(samples: Samples, session: DaemonSession, signal: AbortSignal): Promise<void> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const call = { method: "GET", route: DAEMON_ROUTES.status, signal: bounded } as const;
  // One that does not answer in time is asked again next time; that it is gone is seen elsewhere.
  const status = await session.json(call).catch(() => null);
  if (status) samples.add(session, status);
}
