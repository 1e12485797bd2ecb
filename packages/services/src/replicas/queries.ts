import {
  bootLogQuery,
  REPLICA_QUERIES,
  type SamplesQuery,
  type SamplesResult,
  samplesQuery,
  samplesResult,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import type { Sample } from "../metrics/samples.ts";

/** Runs a query from another replica, which has already authorized the caller. */
export async function runReplicaQuery(deps: Deps, query: string, input: unknown): Promise<unknown> {
  switch (query) {
    case REPLICA_QUERIES.samples:
      return ownSamples(deps, samplesQuery.parse(input));
    case REPLICA_QUERIES.bootLog: {
      const { backend, tailBytes, ...ref } = bootLogQuery.parse(input);
      return deps.catalog.bootLog(backend, ref, tailBytes);
    }
    default:
      throw new Error(`Replicas cannot query ${query}.`);
  }
}

function ownSamples({ samples }: Deps, { workspaceId, last }: SamplesQuery): SamplesResult {
  const ids = workspaceId ? [workspaceId] : samples.workspaceIds;
  return Object.fromEntries(ids.map((id) => [id, samples.of(id).slice(-(last ?? Number.MAX_SAFE_INTEGER))]));
}

/** The samples of all live replicas, oldest first. A daemon may have moved between replicas. */
export async function allSamples(deps: Deps, query: SamplesQuery): Promise<Map<string, Sample[]>> {
  const responses = await deps.replicas.query(REPLICA_QUERIES.samples, query);
  const merged = new Map<string, Sample[]>();
  for (const response of [ownSamples(deps, query), ...responses.map((each) => samplesResult.parse(each))]) {
    for (const [id, samples] of Object.entries(response)) merged.set(id, [...(merged.get(id) ?? []), ...samples]);
  }
  for (const samples of merged.values()) samples.sort((left, right) => left.atMs - right.atMs);
  return merged;
}
