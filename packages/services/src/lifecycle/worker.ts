import { type Claim, claimOperation, dropLeases, type OperationRow, releaseLease, renewLeases } from "@berth/db";
import type { OperationKind } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { executeOperation } from "./execute.ts";

export interface WorkerOptions {
  /** Machines being brought up at once. Two cores peak near five Docker starts a second; more only adds latency. */
  startsMax: number;
  /** Everything else at once. */
  othersMax: number;
  leaseSeconds?: number;
  /** The backstop behind NOTIFY. */
  pollSeconds?: number;
}

export interface Worker {
  /** Takes no more operations and lets go of those it holds; another process or the next start goes on with them. */
  stop(): Promise<void>;
}

const STARTING: readonly OperationKind[] = ["create", "restart", "resume", "wake", "recover", "restore"];
const ENDING: readonly OperationKind[] = ["pause", "hibernate", "delete", "erase"];

interface Lane extends Pick<Claim, "kinds"> {
  room: number;
  /** For backends whose workspaces have machines of their own, or for all others. */
  isAway: boolean;
}

/**
 * Where every workspace has a machine of its own, work on it is waiting for minutes, and this host's cores have no part in it.
 * It gets a lane of its own: a hundred machines that boot somewhere must not keep one from starting here.
 */
const AWAY_MAX = 64;

/** Claims due operations and runs them, one per workspace, until stopped. */
export function startWorker(deps: LifecycleDeps, options: WorkerOptions): Worker {
  const { leaseSeconds = 10, pollSeconds = 2 } = options;
  const away = deps.catalog.kinds.filter((kind) => deps.catalog.capabilities(kind).ownMachine);
  const lanes: Lane[] = [
    { kinds: STARTING, room: options.startsMax, isAway: false },
    { kinds: ENDING, room: options.othersMax, isAway: false },
  ];
  if (away.length > 0) {
    lanes.push({ kinds: [...STARTING, ...ENDING], room: AWAY_MAX, isAway: true });
  }
  const running = new Map<string, { abort: AbortController; done: Promise<void> }>();
  let stopping = false;
  let ready = false;
  let claiming: Promise<void> | null = null;
  let claimAgain = false;

  /** Claims until there is no room or nothing is due. Calls that come meanwhile make it look once more. */
  function look(): void {
    if (stopping || !ready) return;
    if (claiming) {
      claimAgain = true;
      return;
    }
    claiming = claimAll()
      .catch((error) => deps.log("error", { msg: "claiming operations failed", error: String(error) }))
      .finally(() => {
        claiming = null;
        if (claimAgain) {
          claimAgain = false;
          look();
        }
      });
  }

  async function claimAll(): Promise<void> {
    for (const lane of lanes) {
      while (lane.room > 0 && !stopping) {
        const { kinds, isAway } = lane;
        // What another replica alone can reach is left to that one.
        const these = isAway ? away : [...away, ...deps.replicas.foreignBackends()];
        const claim = {
          owner: deps.replicaId,
          leaseSeconds,
          kinds,
          liveOwners: deps.replicas.live(),
          underWay: [...running.keys()],
          backends: { these, areMeant: isAway },
        };
        const operation = await claimOperation(deps.db, claim);
        if (!operation) break;
        begin(lane, operation);
      }
    }
  }

  function begin(lane: Lane, operation: OperationRow): void {
    const abort = new AbortController();
    lane.room -= 1;
    const done = executeOperation(deps, operation, abort.signal)
      .catch((error) =>
        deps.log("error", { msg: "operation could not be concluded", operationId: operation.id, error: String(error) }),
      )
      .then(() => releaseLease(deps.db, { id: operation.id, attempt: operation.attempt, owner: deps.replicaId }))
      .catch((error) =>
        deps.log("error", { msg: "lease could not be released", operationId: operation.id, error: String(error) }),
      )
      .finally(() => {
        lane.room += 1;
        running.delete(operation.id);
        look();
      });
    running.set(operation.id, { abort, done });
  }

  /** A lease that cannot be renewed is lost: whoever works under it must stop before somebody else starts. */
  async function renew(): Promise<void> {
    if (running.size === 0) return;
    const before = [...running.keys()];
    const held = new Set(await renewLeases(deps.db, deps.replicaId, leaseSeconds));
    for (const id of before) if (!held.has(id)) running.get(id)?.abort.abort();
  }

  let renewedAt = performance.now();
  const renewTimer = setInterval(
    () => {
      renew().then(
        () => {
          renewedAt = performance.now();
        },
        (error) => {
          deps.log("warn", { msg: "leases could not be renewed", error: String(error) });
          if (performance.now() - renewedAt > leaseSeconds * 1000)
            for (const { abort } of running.values()) abort.abort();
        },
      );
    },
    (leaseSeconds * 1000) / 3,
  );
  const pollTimer = setInterval(look, pollSeconds * 1000);
  const unsubscribe = [
    deps.listener.on("berth_operations", look),
    deps.listener.on("berth_superseded", (id) => running.get(id)?.abort.abort()),
  ];
  // Leases from before are of a process that has ended: there is one process per replica id.
  dropLeases(deps.db, deps.replicaId)
    .catch((error) =>
      deps.log("warn", { msg: "old leases were not dropped and run out instead", error: String(error) }),
    )
    .finally(() => {
      ready = true;
      look();
    });

  return {
    async stop() {
      stopping = true;
      clearInterval(pollTimer);
      for (const end of unsubscribe) end();
      await claiming;
      const held = [...running.values()];
      for (const { abort } of held) abort.abort();
      await Promise.all(held.map(({ done }) => done));
      clearInterval(renewTimer);
    },
  };
}
