import type { ListedInstance } from "@berth/backends";
import {
  countRecoveries,
  findWorkspace,
  hastenOperations,
  inTransaction,
  listToObserve,
  moveStatus,
  type ObservedRow,
} from "@berth/db";
import {
  type BackendKind,
  LIVE_STATUSES,
  type StatusReason,
  type WorkspaceStatus,
  workspaceStatusChanged,
} from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { agentProblem } from "../instances/agent-health.ts";
import { requestAutomaticRestart } from "../operations/recover.ts";
import { type Loop, startLoop } from "./run-loop.ts";

export interface ObserveTimings {
  periodSeconds?: number;
  /** Daemons get this long to reconnect after this process has started. */
  settlingSeconds?: number;
}

export interface ObserveLoop extends Loop {
  /**
   * The number of surplus instances of workspaces, by backend, at the last listing. Any value above zero indicates a
   * fault.
   */
  duplicates(): ReadonlyMap<BackendKind, number>;
}

/** An older status says nothing about the program. */
const STATUS_STALE_MS = 45_000;
/** A Docker engine lists a container as running for a moment after its connections have ended. */
const NOTICED_MS = 1_000;
const RECOVERIES_MAX = 3;
const RECOVERY_WINDOW_SECONDS = 600;

/** Compares the instances that should run with those that the backends list, and replaces lost ones. */
export function startObserveLoop(deps: LifecycleDeps, timings: ObserveTimings = {}): ObserveLoop {
  const { periodSeconds = 10, settlingSeconds = 20 } = timings;
  const settledAt = performance.now() + settlingSeconds * 1000;
  const duplicates = new Map<BackendKind, number>();
  /** Backends that did not respond at the last listing. */
  const away = new Set<BackendKind>();
  const loop = startLoop({
    name: "observe",
    periodSeconds,
    log: deps.log,
    async run() {
      const rows = await listToObserve(deps.db, LIVE_STATUSES);
      // In parallel, so that a slow backend does not delay the others.
      const polls = deps.catalog.kinds.map(async (kind) => {
        const mine = rows.filter((row) => row.backend === kind);
        const listed = await observeBackend(deps, kind, mine, performance.now() > settledAt);
        if (!listed) return void away.add(kind);
        duplicates.set(kind, countDuplicates(listed));
        // Otherwise they would wait for up to a minute longer.
        if (away.delete(kind)) await hastenOperations(deps.db, kind);
      });
      const ends = await Promise.allSettled(polls);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  });
  // A broken tunnel is the first sign of a lost instance, so observe at once, and again when the backend has noticed.
  let again: NodeJS.Timeout | undefined;
  const onDisconnected = () => {
    loop.wake();
    clearTimeout(again);
    again = setTimeout(() => loop.wake(), NOTICED_MS);
  };
  deps.tunnel.on("disconnected", onDisconnected);
  return {
    ...loop,
    duplicates: () => duplicates,
    stop() {
      deps.tunnel.off("disconnected", onDisconnected);
      clearTimeout(again);
      return loop.stop();
    },
  };
}

async function observeBackend(
  deps: LifecycleDeps,
  kind: BackendKind,
  rows: ObservedRow[],
  settled: boolean,
): Promise<ListedInstance[] | null> {
  let listed: ListedInstance[];
  try {
    listed = await deps.gateway.list(kind);
  } catch (error) {
    // A failed listing proves nothing about instances.
    const message = `The ${kind} backend does not respond: ${error instanceof Error ? error.message : String(error)}`;
    const unreachable = { code: "backend_unavailable", message, retryable: true, nextAttemptAt: null };
    for (const row of rows) if (!isConnected(deps, row)) await moveTo(deps, row, "offline", unreachable);
    return null;
  }
  const byIncarnation = new Map(listed.map((instance) => [instance.incarnationId, instance]));
  for (const row of rows) await observeWorkspace(deps, row, byIncarnation.get(row.incarnationId ?? ""), settled);
  return listed;
}

function countDuplicates(listed: readonly ListedInstance[]): number {
  const machines = listed.filter(({ purpose, state }) => purpose === "workspace" && state === "running");
  return machines.length - new Set(machines.map(({ workspaceId }) => workspaceId)).size;
}

async function observeWorkspace(
  deps: LifecycleDeps,
  row: ObservedRow,
  instance: ListedInstance | undefined,
  settled: boolean,
): Promise<void> {
  const connected = isConnected(deps, row);
  // A connected daemon proves that its machine runs. A listing may omit a machine, e.g. on AWS for a while.
  if (instance?.state !== "running" && !connected) {
    return replaceLost(deps, row, instance ? "machine_stopped" : "machine_lost");
  }
  if (connected) {
    const session = deps.tunnel.session(row.incarnationId ?? "");
    // Only the replica with the tunnel knows the state of the program.
    if (!session) return row.status === "offline" ? moveTo(deps, row, "online", null) : undefined;
    const trouble = agentProblem(deps.samples.status(session.incarnationId, STATUS_STALE_MS), row.runtime);
    // An online workspace keeps the reason why its last operation failed.
    if (!trouble && row.status === "online") return;
    return moveTo(deps, row, trouble ? "degraded" : "online", trouble);
  }
  if (!settled) return;
  const message =
    "The machine runs, but its daemon has not connected. Wait for it to reconnect, or restart the workspace.";
  await moveTo(deps, row, "offline", { code: "workspace_not_running", message, retryable: true, nextAttemptAt: null });
}

function isConnected(deps: LifecycleDeps, row: ObservedRow): boolean {
  if (deps.tunnel.session(row.incarnationId ?? "")) return true;
  const { tunnelReplicaId: holder } = row;
  // This replica has just lost the tunnel, which the row may not show yet.
  return holder !== null && holder !== deps.replicas.self && deps.replicas.isLive(holder);
}

/**
 * Starts a new instance on the same data volume. After repeated losses the workspace fails, and a person has to restart
 * it.
 */
async function replaceLost(deps: LifecycleDeps, row: ObservedRow, cause: string): Promise<void> {
  // A request may have changed the workspace since the listing.
  const current = await findWorkspace(deps.db, row.id);
  if (!current || current.generation !== row.generation || current.status !== row.status) return;
  const recoveries = await countRecoveries(deps.db, row.id, RECOVERY_WINDOW_SECONDS);
  if (recoveries < RECOVERIES_MAX) {
    deps.log("warn", { msg: "machine lost", workspaceId: row.id, incarnationId: row.incarnationId, cause });
    await requestAutomaticRestart(deps, row.id, cause, row.generation);
    return;
  }
  const message = `Its machine was lost ${RECOVERIES_MAX + 1} times within ten minutes. Check the boot log, fix the cause, then restart.`;
  await moveTo(deps, row, "failed", { code: "workspace_not_running", message, retryable: false, nextAttemptAt: null });
}

async function moveTo(
  deps: LifecycleDeps,
  row: ObservedRow,
  status: WorkspaceStatus,
  statusReason: StatusReason | null,
) {
  if (row.status === status && row.statusReason?.message === statusReason?.message) return;
  await inTransaction(deps.db, async (tx) => {
    const at = { id: row.id, generation: row.generation, from: LIVE_STATUSES };
    const moved = await moveStatus(tx, at, { status, statusReason });
    if (moved) tx.emit(workspaceStatusChanged(moved));
  });
}
