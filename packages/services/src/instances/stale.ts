import type { ListedInstance } from "@berth/backends";
import { endIncarnation, type IncarnationRow, staleIncarnations } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";

/** On EC2 each takes minutes, and all of them load the same engine. */
const CONCURRENT_MAX = 4;

/**
 * Destroys instances whose incarnation no workspace references, left behind by a worker that crashed or lost its lease.
 */
export interface StaleInstances {
  /** Queues the stale ones among the listed instances. Returns before they are destroyed. */
  destroyAmong(listed: readonly ListedInstance[]): Promise<void>;
  /** Starts no more and waits for those in progress. */
  stop(): Promise<void>;
}

export function openStaleInstances(deps: LifecycleDeps): StaleInstances {
  const queued = new Map<string, IncarnationRow>();
  const inProgress = new Map<string, Promise<void>>();
  let stopping = false;

  function startQueued(): void {
    for (const [id, row] of queued) {
      if (stopping || inProgress.size >= CONCURRENT_MAX) return;
      queued.delete(id);
      const end = destroyStale(deps, row)
        .catch((error) =>
          deps.log("warn", { msg: "a stale instance was not destroyed", incarnationId: id, error: String(error) }),
        )
        .finally(() => {
          inProgress.delete(id);
          startQueued();
        });
      inProgress.set(id, end);
    }
  }

  return {
    async destroyAmong(listed) {
      const isYoung = new Map(listed.map((each) => [each.incarnationId, isRecent(deps, each.createdAt)]));
      for (const row of await staleIncarnations(deps.db, [...isYoung.keys()])) {
        // The worker that created a young instance may still need it, unless its end is recorded.
        if (row.endedAt === null && isYoung.get(row.id)) continue;
        if (!inProgress.has(row.id)) queued.set(row.id, row);
      }
      startQueued();
    },
    async stop() {
      stopping = true;
      await Promise.all(inProgress.values());
    },
  };
}

async function destroyStale(deps: LifecycleDeps, { id, workspaceId, backend }: IncarnationRow): Promise<void> {
  // A request may have referenced it again while it was queued.
  if ((await staleIncarnations(deps.db, [id])).length === 0) return;
  deps.log("warn", { msg: "destroying a stale instance", workspaceId, incarnationId: id });
  await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
  await endIncarnation(deps.db, id);
}

/**
 * A creation time in the future means that the clock is wrong. If it is further away than the minimum age, it counts as
 * old.
 */
const isRecent = (deps: LifecycleDeps, createdAt: Date): boolean =>
  Math.abs(Date.now() - createdAt.getTime()) < deps.settings.sweepMinAgeSeconds * 1000;
