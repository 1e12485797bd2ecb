import type { ListedInstance } from "@berth/backends";
import { endIncarnation, type IncarnationRow, unwantedIncarnations } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";

/** Machines ended at once. On EC2 each takes minutes; the engine is asked about all of them, so not too many. */
const AT_ONCE_MAX = 4;

/**
 * Removes machines of ours that no workspace stands for any more: left behind by a worker that died or lost its lease.
 * By incarnation, never by name. It works beside whoever looks, so that nobody waits for a machine to end.
 */
export interface Stragglers {
  /** Takes note of the stragglers among these machines and ends them one after another. */
  end(listed: readonly ListedInstance[]): Promise<void>;
  /** Begins no more and waits for those that are ending. */
  stop(): Promise<void>;
}

export function openStragglers(deps: LifecycleDeps): Stragglers {
  const waiting = new Map<string, IncarnationRow>();
  const ending = new Map<string, Promise<void>>();
  let stopping = false;

  function endSome(): void {
    for (const [id, row] of waiting) {
      if (stopping || ending.size >= AT_ONCE_MAX) return;
      waiting.delete(id);
      const end = endOne(deps, row)
        .catch((error) =>
          deps.log("warn", { msg: "a straggler was not removed", incarnationId: id, error: String(error) }),
        )
        .finally(() => {
          ending.delete(id);
          endSome();
        });
      ending.set(id, end);
    }
  }

  return {
    async end(listed) {
      const isYoung = new Map(listed.map((each) => [each.incarnationId, isRecent(deps, each.createdAt)]));
      for (const row of await unwantedIncarnations(deps.db, [...isYoung.keys()])) {
        // What is known to have ended has no time to be given.
        if (row.endedAt === null && isYoung.get(row.id)) continue;
        if (!ending.has(row.id)) waiting.set(row.id, row);
      }
      endSome();
    },
    async stop() {
      stopping = true;
      await Promise.all(ending.values());
    },
  };
}

async function endOne(deps: LifecycleDeps, { id, workspaceId, backend }: IncarnationRow): Promise<void> {
  // It may have waited for its turn; a verb may have come since.
  if ((await unwantedIncarnations(deps.db, [id])).length === 0) return;
  deps.log("warn", { msg: "removing a machine nobody stands for", workspaceId, incarnationId: id });
  await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
  await endIncarnation(deps.db, id);
}

const isRecent = (deps: LifecycleDeps, createdAt: Date): boolean =>
  // As far ahead as a young one is old: its clock or this one was wrong, and it is no longer known to be young.
  Math.abs(Date.now() - createdAt.getTime()) < deps.settings.sweepMinAgeSeconds * 1000;
