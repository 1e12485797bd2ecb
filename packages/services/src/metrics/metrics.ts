import { filterOwned, findOwnedWorkspace, listMetrics, listStarts } from "@berth/db";
import {
  type Actor,
  type CanvasMetrics,
  LIVE_STATUSES,
  METRICS,
  notFound,
  type WorkspaceMetrics,
  type WorkspaceMetricsInput,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { allSamples } from "../replicas/queries.ts";

const RANGE_SECONDS = { hour: METRICS.samplesKeptSeconds, day: METRICS.averagesKeptSeconds } as const;

export async function workspaceMetrics(
  deps: Deps,
  actor: Actor,
  { id, range }: WorkspaceMetricsInput,
): Promise<WorkspaceMetrics> {
  if (!(await findOwnedWorkspace(deps.db, actor.orgId, id))) throw notFound("The workspace");
  const since = new Date(Date.now() - RANGE_SECONDS[range] * 1000);
  const [points, restarts] = await Promise.all([
    range === "hour" ? lastHour(deps, id) : lastDay(deps, id, since),
    listStarts(deps.db, id, since),
  ]);
  return { points, restarts: restarts.map((at) => at.toISOString()) };
}

async function lastHour(deps: Deps, id: string): Promise<WorkspaceMetrics["points"]> {
  const samples = (await allSamples(deps, { workspaceId: id, last: null })).get(id) ?? [];
  return samples.map(({ atMs, ...point }) => ({ at: new Date(atMs).toISOString(), ...point }));
}

async function lastDay(deps: Deps, id: string, since: Date): Promise<WorkspaceMetrics["points"]> {
  const rows = await listMetrics(deps.db, id, since);
  return rows.map(({ at, cpuPercent, memoryBytes, diskUsedBytes }) => ({
    at: at.toISOString(),
    // Rounds to the precision of the measurement.
    cpuPercent: cpuPercent === null ? null : Math.round(cpuPercent * 10) / 10,
    memoryBytes,
    diskUsedBytes,
  }));
}

/** The latest samples of all running workspaces. */
export async function canvasMetrics(deps: Deps, actor: Actor): Promise<CanvasMetrics> {
  const samples = await allSamples(deps, { workspaceId: null, last: METRICS.canvasSamples });
  const ids = await filterOwned(deps.db, actor.orgId, [...samples.keys()], LIVE_STATUSES);
  const workspaces = ids.map((id) => {
    const last = (samples.get(id) ?? []).slice(-METRICS.canvasSamples);
    return {
      id,
      cpuPercent: last.map(({ cpuPercent }) => cpuPercent),
      memoryBytes: last.map(({ memoryBytes }) => memoryBytes),
    };
  });
  return { sampleSeconds: METRICS.sampleSeconds, workspaces };
}
