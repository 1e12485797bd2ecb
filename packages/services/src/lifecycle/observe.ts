import type { ListedInstance } from "@berth/backends";
import { appendEvents, countRecoveries, findWorkspace, listToObserve, moveStatus, type ObservedRow } from "@berth/db";
import { type BackendKind, LIVE_STATUSES, type StatusReason, type WorkspaceStatus } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";
import { samplesOf } from "../metrics/samples.ts";
import { agentTrouble } from "./agent-health.ts";
import { requestAutomaticRestart } from "./recover.ts";
import { statusEvent } from "./status-event.ts";

export interface ObservePace {
  periodSeconds?: number;
  /** So long after the start of this process daemons may still be dialling back. */
  settlingSeconds?: number;
}

export interface ObserveLoop extends Loop {
  /** Machines more than one for a workspace, by backend, as last listed. Zero is the only good number. */
  duplicates(): ReadonlyMap<BackendKind, number>;
}

/** A daemon that has not answered for longer says nothing about its program. */
const STATUS_STALE_MS = 45_000;
const RECOVERIES_MAX = 3;
const RECOVERY_WINDOW_SECONDS = 600;

/** Compares what should run with what the backends list, and finds the machines that were lost. */
export function startObserveLoop(deps: LifecycleDeps, pace: ObservePace = {}): ObserveLoop {
  const { periodSeconds = 10, settlingSeconds = 20 } = pace;
  const settledAt = performance.now() + settlingSeconds * 1000;
  const duplicates = new Map<BackendKind, number>();
  const loop = startLoop({
    name: "observe",
    periodSeconds,
    log: deps.log,
    async turn() {
      const rows = await listToObserve(deps.db, LIVE_STATUSES);
      // Side by side: a backend that answers late makes nobody else wait.
      const looks = deps.catalog.kinds.map(async (kind) => {
        const mine = rows.filter((row) => row.backend === kind);
        const listed = await observeBackend(deps, kind, mine, performance.now() > settledAt);
        if (listed) duplicates.set(kind, countDuplicates(listed));
      });
      const ends = await Promise.allSettled(looks);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  });
  // A tunnel that breaks is the first sign of a lost machine: look at once instead of at the next turn.
  const onDisconnected = () => loop.wake();
  deps.tunnel.on("disconnected", onDisconnected);
  return {
    ...loop,
    duplicates: () => duplicates,
    stop() {
      deps.tunnel.off("disconnected", onDisconnected);
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
    // Unknown is not absent: nothing is concluded about machines from a list that was not answered.
    const message = `The ${kind} backend does not answer: ${error instanceof Error ? error.message : String(error)}`;
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
  if (instance?.state !== "running") return replaceLost(deps, row, instance ? "machine_stopped" : "machine_lost");
  if (isConnected(deps, row)) {
    const session = deps.tunnel.session(row.incarnationId ?? "");
    // The replica that holds the tunnel says how the program is; another one only sees that it is connected.
    if (!session) return row.status === "offline" ? moveTo(deps, row, "online", null) : undefined;
    const trouble = agentTrouble(samplesOf(deps).status(session.incarnationId, STATUS_STALE_MS), row.runtime);
    return moveTo(deps, row, trouble ? "degraded" : "online", trouble);
  }
  if (!settled) return;
  const message =
    "The machine runs, but its daemon has not called home. It comes back by itself, or restart the workspace.";
  await moveTo(deps, row, "offline", { code: "workspace_not_running", message, retryable: true, nextAttemptAt: null });
}

function isConnected(deps: LifecycleDeps, row: ObservedRow): boolean {
  if (deps.tunnel.session(row.incarnationId ?? "")) return true;
  const { tunnelReplicaId: holder } = row;
  // This process's own went with the tunnel, whether or not that has been noted yet.
  return holder !== null && holder !== deps.replicas.self && deps.replicas.isLive(holder);
}

/** A machine is replaced on the same data volume. One that is lost again and again is left for a person to look at. */
async function replaceLost(deps: LifecycleDeps, row: ObservedRow, cause: string): Promise<void> {
  // The list was read a moment ago; a verb may have come since. Only this very incarnation is lost.
  const current = await findWorkspace(deps.db, row.id);
  if (!current || current.generation !== row.generation || current.status !== row.status) return;
  const recoveries = await countRecoveries(deps.db, row.id, RECOVERY_WINDOW_SECONDS);
  if (recoveries < RECOVERIES_MAX) {
    deps.log("warn", { msg: "machine lost", workspaceId: row.id, incarnationId: row.incarnationId, cause });
    await requestAutomaticRestart(deps, row.id, cause, row.generation);
    return;
  }
  const message = `Its machine was lost ${RECOVERIES_MAX + 1} times within ten minutes. Look at the boot log, mend the cause, then restart.`;
  await moveTo(deps, row, "failed", { code: "workspace_not_running", message, retryable: false, nextAttemptAt: null });
}

async function moveTo(
  deps: LifecycleDeps,
  row: ObservedRow,
  status: WorkspaceStatus,
  statusReason: StatusReason | null,
) {
  if (row.status === status && row.statusReason?.message === statusReason?.message) return;
  await deps.db.transaction(async (tx) => {
    const at = { id: row.id, generation: row.generation, from: LIVE_STATUSES };
    const moved = await moveStatus(tx, at, { status, statusReason });
    if (moved) await appendEvents(tx, [statusEvent(moved)]);
  });
}
