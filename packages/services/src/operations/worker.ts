import { type Claim, claimOperation, dropLeases, type OperationRow, releaseLease, renewLeases } from "@berth/db";
import type { OperationKind } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { executeOperation } from "./execute.ts";

export interface WorkerOptions {
  /** Concurrent starts. Two cores reach about five Docker starts a second; more concurrency only adds latency. */
  startsMax: number;
  /** Concurrent operations of all other kinds. */
  othersMax: number;
  leaseSeconds?: number;
  /** The fallback for lost notifications. */
  pollSeconds?: number;
}

export interface Worker {
  /** Claims no more operations and releases its own. Another replica, or this one after a restart, continues them. */
  stop(): Promise<void>;
}

const STARTING: readonly OperationKind[] = ["create", "restart", "resume", "wake", "recover", "restore"];
const ENDING: readonly OperationKind[] = ["pause", "hibernate", "delete", "erase"];

/** Operations that share a concurrency limit. */
interface Lane extends Pick<Claim, "kinds"> {
  free: number;
  /** True for backends whose instances run on other hosts. */
  isRemote: boolean;
}

/**
 * Work on remote instances waits for minutes and costs this host no CPU, so it has its own limit. A hundred booting EC2
 * instances must not delay local starts.
 */
const REMOTE_MAX = 64;

/** Claims due operations and runs them, one per workspace, until stopped. */
export function startWorker(deps: LifecycleDeps, options: WorkerOptions): Worker {
  const { leaseSeconds = 10, pollSeconds = 2 } = options;
  const remote = deps.catalog.kinds.filter((kind) => deps.catalog.capabilities(kind).ownMachine);
  const lanes: Lane[] = [
    { kinds: STARTING, free: options.startsMax, isRemote: false },
    { kinds: ENDING, free: options.othersMax, isRemote: false },
  ];
  if (remote.length > 0) {
    lanes.push({ kinds: [...STARTING, ...ENDING], free: REMOTE_MAX, isRemote: true });
  }
  const running = new Map<string, { abort: AbortController; done: Promise<void> }>();
  let stopping = false;
  let ready = false;
  let claiming: Promise<void> | null = null;
  let claimAgain = false;

  /** Claims until all lanes are full or nothing is due. A call in the meantime triggers another round. */
  function claimDue(): void {
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
          claimDue();
        }
      });
  }

  async function claimAll(): Promise<void> {
    for (const lane of lanes) {
      while (lane.free > 0 && !stopping) {
        const { kinds, isRemote } = lane;
        const claim = {
          owner: deps.replicaId,
          claimer: deps.replicas.claimer(),
          leaseSeconds,
          kinds,
          liveOwners: deps.replicas.live(),
          underWay: [...running.keys()],
          backends: { kinds: remote, included: isRemote },
        };
        const operation = await claimOperation(deps.db, claim);
        if (!operation) break;
        begin(lane, operation);
      }
    }
  }

  function begin(lane: Lane, operation: OperationRow): void {
    const abort = new AbortController();
    lane.free -= 1;
    const done = executeOperation(deps, operation, abort.signal)
      .catch((error) =>
        deps.log("error", { msg: "operation could not be finished", operationId: operation.id, error: String(error) }),
      )
      .then(() => releaseLease(deps.db, { id: operation.id, attempt: operation.attempt, owner: deps.replicaId }))
      .catch((error) =>
        deps.log("error", { msg: "lease could not be released", operationId: operation.id, error: String(error) }),
      )
      .finally(() => {
        lane.free += 1;
        running.delete(operation.id);
        claimDue();
      });
    running.set(operation.id, { abort, done });
  }

  /** Aborts operations whose lease is lost, before another replica starts on them. */
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
  const pollTimer = setInterval(claimDue, pollSeconds * 1000);
  const unsubscribe = [
    deps.listener.on("berth_operations", claimDue),
    deps.listener.on("berth_superseded", (id) => running.get(id)?.abort.abort()),
  ];
  // There is one process per replica id, so older leases belong to a process that has ended.
  dropLeases(deps.db, deps.replicaId)
    .catch((error) =>
      deps.log("warn", { msg: "old leases were not released and will expire instead", error: String(error) }),
    )
    .finally(() => {
      ready = true;
      claimDue();
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
