import { isStoreProblem } from "@berth/backends";
import {
  type Database,
  endIncarnation,
  finishOperation,
  inTransaction,
  keepAgentLog,
  lockWorkspace,
  moveStatus,
  type OperationRow,
  retryOperation,
  type StatusChange,
  setIncarnation,
  setRestartAgain,
  type Transaction,
  type WorkspaceRow,
} from "@berth/db";
import {
  type DataState,
  DomainError,
  type OperationKind,
  operationFinished,
  quoteUntrustedLines,
  type StatusReason,
  type WorkspaceStatus,
  workspaceStatusChanged,
} from "@berth/domain";
import type { Settings } from "../deps.ts";
import { readAgentLog } from "../instances/agent-health.ts";
import { FilesNotMovable } from "./plans/fill-volume.ts";
import { requestRecovery } from "./recover.ts";
import { instanceRef, type OperationRun } from "./run.ts";

const RESULT: Record<Exclude<OperationKind, "erase">, WorkspaceStatus> = {
  create: "online",
  restart: "online",
  resume: "online",
  wake: "online",
  recover: "online",
  restore: "online",
  pause: "paused",
  hibernate: "hibernated",
  delete: "deleted",
};

/** These are retried until they succeed, because a delete or erase must not stay incomplete. */
const NEVER_FAILS: ReadonlySet<OperationKind> = new Set(["delete", "erase"]);

/**
 * Requests lock the workspace, then its operation, then its volume, and the events last. The same order here prevents
 * deadlocks.
 */
const lockFirst = (tx: Database, { operation }: OperationRun): Promise<WorkspaceRow | undefined> =>
  operation.workspaceId ? lockWorkspace(tx, operation.workspaceId) : Promise.resolve(undefined);

/** Commits the result, the new status and their events together. */
export async function finishSucceeded(run: OperationRun): Promise<void> {
  const { deps, operation, steps } = run;
  await inTransaction(deps.db, async (tx) => {
    const workspace = await lockFirst(tx, run);
    const finished = await finishOperation(tx, run.lease, {
      status: "succeeded",
      steps,
      error: null,
    });
    if (!finished) return;
    if (workspace && operation.kind !== "erase") {
      await reachStatus(tx, workspace, operation.generation, RESULT[operation.kind]);
    }
    tx.emit(operationFinished(operation, "succeeded"));
  });
}

async function reachStatus(
  tx: Transaction,
  before: WorkspaceRow,
  generation: number,
  status: WorkspaceStatus,
): Promise<void> {
  const { id } = before;
  const change: StatusChange = { status, dataState: dataStateAt(status, before) };
  const moved = await moveStatus(tx, { id, generation }, change);
  if (!moved) return;
  tx.emit(workspaceStatusChanged(moved));
  if (before.restartAgain === null) return;
  await setRestartAgain(tx, id, null);
  if (status === "online") await requestRecovery(tx, moved, before.restartAgain);
}

function dataStateAt(status: WorkspaceStatus, workspace: WorkspaceRow): DataState {
  if (!workspace.volumeId) return "none";
  return status === "deleted" ? workspace.dataState : "intact";
}

/** Queues a retry if one may help and time remains. Otherwise the workspace fails with the reason and a remedy. */
export async function finishFailed(run: OperationRun, error: unknown): Promise<void> {
  const { deps, operation } = run;
  const problem = describe(error);
  if (!(error instanceof DomainError)) {
    deps.log("error", {
      msg: "operation step failed",
      operationId: operation.id,
      kind: operation.kind,
      error: stackOf(error),
    });
  }
  const storeProblem = isStoreProblem(error) ? problem : await problemOfStore(run);
  if (storeProblem) return retryLater(run, storeProblem);
  const outOfTime = isOutOfTime(operation, deps.settings);
  if (NEVER_FAILS.has(operation.kind) || (problem.retryable && !outOfTime)) return retryLater(run, problem);
  if (error instanceof FilesNotMovable) return await keepOldInstance(run, error.keptIncarnationId, problem);
  await giveUp(run, problem);
}

/** Nothing was swapped or released, so the workspace keeps its old instance, and its files stay accessible. */
async function keepOldInstance(run: OperationRun, incarnationId: string, problem: StatusReason): Promise<void> {
  const { deps, operation, steps } = run;
  await inTransaction(deps.db, async (tx) => {
    const workspace = await lockFirst(tx, run);
    const finished = await finishOperation(tx, run.lease, {
      status: "failed",
      steps,
      error: problem,
    });
    if (!finished || !workspace) return;
    await setRestartAgain(tx, workspace.id, null);
    const at = { id: workspace.id, generation: operation.generation };
    const moved = await moveStatus(tx, at, { status: "online", statusReason: problem, desired: "running" });
    if (moved) await setIncarnation(tx, workspace.id, incarnationId);
    if (moved) tx.emit(workspaceStatusChanged(moved));
    tx.emit(operationFinished(operation, "failed"));
  });
}

/**
 * Why the store cannot be identified, or null. Without an identified store, e.g. while its disk is not mounted, a
 * failure says nothing about the workspace, so the operation waits without a limit.
 */
async function problemOfStore(run: OperationRun): Promise<StatusReason | null> {
  const workspace = await run.workspace().catch(() => null);
  if (!workspace) return null;
  try {
    await run.deps.gateway.checkStore(workspace.backend);
    return null;
  } catch (error) {
    return isStoreProblem(error) ? describe(error) : null;
  }
}

/**
 * Checks the clock and the number of attempts, which are at most `retrySecondsMax` apart, because the clock may have
 * changed.
 */
function isOutOfTime({ startedAt, attempt }: OperationRow, settings: Settings): boolean {
  const { provisionTimeoutSeconds: seconds, retrySecondsMax } = settings;
  const elapsedMs = Date.now() - (startedAt?.getTime() ?? 0);
  const isOverByClock = elapsedMs < 0 || elapsedMs > seconds * 1000;
  return isOverByClock && attempt * retrySecondsMax > seconds;
}

async function retryLater(run: OperationRun, problem: StatusReason): Promise<void> {
  const { deps, operation, steps } = run;
  const delaySeconds = backoffSeconds(operation.attempt, deps.settings.retrySecondsMax);
  const error = {
    ...problem,
    retryable: true,
    nextAttemptAt: new Date(Date.now() + delaySeconds * 1000).toISOString(),
  };
  await inTransaction(deps.db, async (tx) => {
    const workspace = await lockFirst(tx, run);
    const kept = await retryOperation(tx, run.lease, { delaySeconds, steps, error });
    if (kept && workspace) await noteReason(tx, workspace, operation.generation, error);
  });
}

/** 1 s, 2 s, 4 s … up to the maximum. Half of the delay is random, so that retries spread out. */
const backoffSeconds = (attempt: number, secondsMax: number): number =>
  Math.min(secondsMax, 2 ** Math.min(attempt - 1, 6)) * (0.5 + Math.random() / 2);

async function noteReason(
  tx: Transaction,
  { id, status }: WorkspaceRow,
  generation: number,
  statusReason: StatusReason,
): Promise<void> {
  const moved = await moveStatus(tx, { id, generation }, { status, statusReason });
  if (moved) tx.emit(workspaceStatusChanged(moved));
}

async function giveUp(run: OperationRun, problem: StatusReason): Promise<void> {
  const { deps, operation, steps } = run;
  const bootLog = await stopAndReadBootLog(run);
  const error = bootLog
    ? { ...problem, message: `${problem.message}\nThe end of the boot log:\n${quoteUntrustedLines(bootLog)}` }
    : problem;
  await inTransaction(deps.db, async (tx) => {
    await lockFirst(tx, run);
    const finished = await finishOperation(tx, run.lease, { status: "failed", steps, error });
    if (!finished) return;
    const id = operation.workspaceId ?? "";
    await setRestartAgain(tx, id, null);
    const change: StatusChange = { status: "failed", statusReason: error };
    const moved = await moveStatus(tx, { id, generation: operation.generation }, change);
    if (moved) tx.emit(workspaceStatusChanged(moved));
    tx.emit(operationFinished(operation, "failed"));
  });
}

const BOOT_LOG_TAIL_BYTES = 2_000;

/** Stops an instance that failed to start, and keeps it for its boot log. The next start destroys it. */
async function stopAndReadBootLog(run: OperationRun): Promise<string | null> {
  const { gateway, db } = run.deps;
  const workspace = await run.workspace().catch(() => null);
  if (!workspace?.incarnationId) return null;
  const ref = instanceRef(workspace);
  try {
    const { state } = await gateway.observe(workspace.backend, ref);
    if (state === "absent") {
      await endIncarnation(db, ref.incarnationId);
      return null;
    }
    const agentLog = await readAgentLog(run.deps, ref.incarnationId);
    if (agentLog) await keepAgentLog(db, ref.incarnationId, agentLog);
    const { text } = await gateway.bootLog(workspace.backend, ref, BOOT_LOG_TAIL_BYTES);
    if (state === "running") await gateway.stop(workspace.backend, ref);
    return text.trim() || null;
  } catch {
    // When the backend itself failed, there is no log and nothing to stop.
    return null;
  }
}

function describe(error: unknown): StatusReason {
  if (error instanceof DomainError) {
    const { code, message, retryable } = error.problem;
    return { code, message, retryable, nextAttemptAt: null };
  }
  const message = "An unexpected error occurred. Berth retries. See the server's log for details.";
  return { code: "internal", message, retryable: true, nextAttemptAt: null };
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
