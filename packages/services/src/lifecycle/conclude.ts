import { isStoreProblem } from "@berth/backends";
import {
  appendEvents,
  type Database,
  endIncarnation,
  finishOperation,
  keepAgentLog,
  lockWorkspace,
  moveStatus,
  type NewEvent,
  type OperationRow,
  RETRY_SECONDS_MAX,
  retryOperation,
  type StatusChange,
  setIncarnation,
  setRestartAgain,
  type WorkspaceRow,
} from "@berth/db";
import {
  type DataState,
  DomainError,
  type OperationKind,
  quoteForeignLines,
  type StatusReason,
  type WorkspaceStatus,
} from "@berth/domain";
import { readAgentLog } from "./agent-health.ts";
import { machineRef } from "./bring-up.ts";
import { FilesNotMovable } from "./fill-volume.ts";
import type { OperationRun } from "./operation-run.ts";
import { insertRecovery } from "./recover.ts";
import { statusEvent } from "./status-event.ts";

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

/** These are never given up: what was promised about deleting and erasing is done, however long it takes. */
const NEVER_FAILS: ReadonlySet<OperationKind> = new Set(["delete", "erase"]);

/**
 * Locks in the order every request locks in: the workspace, then its operation, its volume, and the events last. Any
 * other order lets a conclusion and a request wait for each other.
 */
const lockFirst = (tx: Database, { operation }: OperationRun): Promise<WorkspaceRow | undefined> =>
  operation.workspaceId ? lockWorkspace(tx, operation.workspaceId) : Promise.resolve(undefined);

/** The result and the workspace's new status commit together, with the events that say so. */
export async function concludeSuccess(run: OperationRun): Promise<void> {
  const { deps, operation, steps } = run;
  await deps.db.transaction(async (tx) => {
    const workspace = await lockFirst(tx, run);
    const finished = await finishOperation(tx, run.lease, {
      status: "succeeded",
      steps,
      error: null,
    });
    if (!finished) return;
    const events: NewEvent[] = [finishedEvent(run, "succeeded")];
    if (workspace && operation.kind !== "erase") {
      events.unshift(...(await reachStatus(tx, workspace, operation.generation, RESULT[operation.kind])));
    }
    await appendEvents(tx, events);
  });
}

async function reachStatus(
  tx: Database,
  before: WorkspaceRow,
  generation: number,
  status: WorkspaceStatus,
): Promise<NewEvent[]> {
  const { id } = before;
  const change: StatusChange = { status, dataState: dataStateAt(status, before) };
  const moved = await moveStatus(tx, { id, generation }, change);
  if (!moved) return [];
  const events = [statusEvent(moved)];
  if (before.restartAgain === null) return events;
  await setRestartAgain(tx, id, null);
  return status === "online" ? [...events, ...(await insertRecovery(tx, moved, before.restartAgain))] : events;
}

function dataStateAt(status: WorkspaceStatus, workspace: WorkspaceRow): DataState {
  if (!workspace.volumeId) return "none";
  return status === "deleted" ? workspace.dataState : "intact";
}

/** Tries again later when that may help and there is time; otherwise says what went wrong and what to do. */
export async function concludeFailure(run: OperationRun, error: unknown): Promise<void> {
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
  if (storeProblem) return tryLater(run, storeProblem);
  const outOfTime = isOutOfTime(operation, deps.settings.provisionTimeoutSeconds);
  if (NEVER_FAILS.has(operation.kind) || (problem.retryable && !outOfTime)) return tryLater(run, problem);
  if (error instanceof FilesNotMovable) return await keepOldMachine(run, error.keptIncarnationId, problem);
  await giveUp(run, problem);
}

/** Nothing was swapped or released: the old machine stays the workspace's, so that its files can be reached and changed. */
async function keepOldMachine(run: OperationRun, incarnationId: string, problem: StatusReason): Promise<void> {
  const { deps, operation, steps } = run;
  await deps.db.transaction(async (tx) => {
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
    await appendEvents(tx, [...(moved ? [statusEvent(moved)] : []), finishedEvent(run, "failed")]);
  });
}

/**
 * While a store is not the one that Berth knows, a failure says nothing about the workspace: the disk is away, and with it
 * every machine's files. That is waited for however long it takes, and said.
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
 * Both by the clock and by the attempts, which are a minute apart at most: a clock that was set ahead or back after the
 * start says how long ago that was as wrongly as can be.
 */
function isOutOfTime({ startedAt, attempt }: OperationRow, seconds: number): boolean {
  const elapsedMs = Date.now() - (startedAt?.getTime() ?? 0);
  const isOverByClock = elapsedMs < 0 || elapsedMs > seconds * 1000;
  return isOverByClock && attempt * RETRY_SECONDS_MAX > seconds;
}

async function tryLater(run: OperationRun, problem: StatusReason): Promise<void> {
  const { deps, operation, steps } = run;
  const delaySeconds = backoffSeconds(operation.attempt);
  const error = {
    ...problem,
    retryable: true,
    nextAttemptAt: new Date(Date.now() + delaySeconds * 1000).toISOString(),
  };
  await deps.db.transaction(async (tx) => {
    const workspace = await lockFirst(tx, run);
    const kept = await retryOperation(tx, run.lease, { delaySeconds, steps, error });
    if (kept && workspace) await noteReason(tx, workspace, operation.generation, error);
  });
}

/** 1 s, 2 s, 4 s … up to a minute, with half of it at random so that many rows do not come back together. */
const backoffSeconds = (attempt: number): number =>
  Math.min(RETRY_SECONDS_MAX, 2 ** Math.min(attempt - 1, 6)) * (0.5 + Math.random() / 2);

async function noteReason(
  tx: Database,
  { id, status }: WorkspaceRow,
  generation: number,
  statusReason: StatusReason,
): Promise<void> {
  const moved = await moveStatus(tx, { id, generation }, { status, statusReason });
  if (moved) await appendEvents(tx, [statusEvent(moved)]);
}

async function giveUp(run: OperationRun, problem: StatusReason): Promise<void> {
  const { deps, operation, steps } = run;
  const bootLog = await stopAndReadBootLog(run);
  const error = bootLog
    ? { ...problem, message: `${problem.message}\nThe end of the boot log:\n${quoteForeignLines(bootLog)}` }
    : problem;
  await deps.db.transaction(async (tx) => {
    await lockFirst(tx, run);
    const finished = await finishOperation(tx, run.lease, { status: "failed", steps, error });
    if (!finished) return;
    const id = operation.workspaceId ?? "";
    await setRestartAgain(tx, id, null);
    const change: StatusChange = { status: "failed", statusReason: error };
    const moved = await moveStatus(tx, { id, generation: operation.generation }, change);
    await appendEvents(tx, [...(moved ? [statusEvent(moved)] : []), finishedEvent(run, "failed")]);
  });
}

const BOOT_LOG_TAIL_BYTES = 2_000;

/** A machine that failed to come up is stopped and kept: its boot log is the evidence, the next start removes it. */
async function stopAndReadBootLog(run: OperationRun): Promise<string | null> {
  const { gateway, db } = run.deps;
  const workspace = await run.workspace().catch(() => null);
  if (!workspace?.incarnationId) return null;
  const ref = machineRef(workspace);
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
    // The engine may be what failed: then there is no log to show and nothing to stop.
    return null;
  }
}

function describe(error: unknown): StatusReason {
  if (error instanceof DomainError) {
    const { code, message, retryable } = error.problem;
    return { code, message, retryable, nextAttemptAt: null };
  }
  const message = "Something unexpected went wrong; it is tried again. The server's log has the details.";
  return { code: "internal", message, retryable: true, nextAttemptAt: null };
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

const finishedEvent = ({ operation }: OperationRun, status: "succeeded" | "failed"): NewEvent => ({
  orgId: operation.orgId,
  type: "operation.finished",
  workspaceId: operation.workspaceId,
  data: { operationId: operation.id, kind: operation.kind, status },
});
