import {
  countKeepAwake,
  type Database,
  findOpenOperation,
  inTransaction,
  listAncestors,
  lockOwnedWorkspace,
  type OperationRow,
  supersedeOpen,
  type Transaction,
  type WorkspaceRow,
} from "@berth/db";
import {
  type Actor,
  allowedVerbs,
  DESIRED_BY_VERB,
  DomainError,
  isLive,
  type LifecycleVerb,
  nextStatus,
  notFound,
  type Operation,
  type VerbInput,
  verbsWithForce,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { presentOperation } from "../operations/operations.ts";
import { requestOperation, type WorkspaceRequest } from "../operations/request.ts";
import { parentPaused } from "./create.ts";
import { lockTeam } from "./lock-team.ts";

/** The verbs that only change intent. Delete and restore have their own rules. */
export type PlainVerb = Exclude<LifecycleVerb, "delete" | "restore">;

/**
 * Writes the intent and its operation in one transaction and returns; the reconciler does the rest.
 *
 * An identical request joins the open operation. Any other request during an open operation throws
 * `operation_in_progress`, except that force ends a start: a restart then begins a new one, a hibernate cancels it.
 */
export async function requestVerb(deps: Deps, actor: Actor, verb: PlainVerb, input: VerbInput): Promise<Operation> {
  const operation = await inTransaction(deps.db, async (tx) => {
    const workspace = await lockOwnedWorkspace(tx, actor.orgId, input.id);
    if (!workspace) throw notFound("The workspace");
    const open = await findOpenOperation(tx, workspace.id);
    const endsStart = input.force && verbsWithForce(workspace.status).includes(verb);
    if (open?.kind === verb && !endsStart) return open;
    checkGeneration(workspace, input.ifGeneration);
    if (open && !endsStart) throw inProgress(workspace, open);
    checkLegal(workspace, verb);
    if (verb === "hibernate" && !input.force) await checkHibernate(tx, workspace);
    if (verb !== "pause" && verb !== "hibernate") await checkAncestors(tx, workspace);
    if (endsStart) await supersedeOpen(tx, workspace.id);
    if (verb === "pause") await pauseTeam(tx, actor, workspace);
    return requestPlain(tx, actor, verb, workspace);
  });
  return presentOperation(operation);
}

/** Pauses every running member below the workspace, in the same transaction. */
async function pauseTeam(tx: Transaction, actor: Actor, workspace: WorkspaceRow): Promise<void> {
  for (const member of await lockTeam(tx, workspace)) {
    if (member.desired !== "running") continue;
    const open = await findOpenOperation(tx, member.id);
    if (open) throw inProgress(member, open);
    if (isLive(member.status)) await requestPlain(tx, actor, "pause", member);
  }
}

/** The instance that should exist afterwards. */
const INCARNATION_AFTER = {
  ...{ restart: "new", wake: "new", resume: "kept or new", pause: "kept", hibernate: "none" },
} as const satisfies Record<PlainVerb, WorkspaceRequest["incarnation"]>;

const requestPlain = (tx: Transaction, actor: Actor, kind: PlainVerb, subject: WorkspaceRow): Promise<OperationRow> =>
  requestOperation(tx, {
    subject,
    kind,
    desired: DESIRED_BY_VERB[kind],
    status: nextStatus(subject.status, kind) ?? subject.status,
    incarnation: INCARNATION_AFTER[kind],
    requestedBy: actor.id,
  });

function checkLegal(workspace: WorkspaceRow, verb: LifecycleVerb): void {
  if (nextStatus(workspace.status, verb)) return;
  const allowed = allowedVerbs(workspace.status);
  const next = allowed.length > 0 ? `Possible now: ${allowed.join(", ")}.` : "No action is possible now.";
  throw new DomainError(
    "illegal_transition",
    `"${workspace.name}" is ${workspace.status}, so ${verb} is not possible. ${next}`,
    {
      details: { status: workspace.status, verb, allowed },
    },
  );
}

function checkGeneration(workspace: WorkspaceRow, expected: number | undefined): void {
  if (expected === undefined || expected === workspace.generation) return;
  throw new DomainError(
    "generation_mismatch",
    `"${workspace.name}" has changed since you read it (generation ${workspace.generation}, not ${expected}). Read it again, then decide.`,
    { details: { expected, actual: workspace.generation } },
  );
}

export const inProgress = (workspace: WorkspaceRow, open: OperationRow): DomainError =>
  new DomainError(
    "operation_in_progress",
    `"${workspace.name}" is busy (${open.kind}). Try again when it has finished.`,
    {
      operationId: open.id,
      details: { kind: open.kind, workspaceId: workspace.id },
    },
  );

async function checkHibernate(tx: Database, workspace: WorkspaceRow): Promise<void> {
  if (workspace.activeTasks > 0) {
    const message = `"${workspace.name}" is working on ${workspace.activeTasks} task(s). Wait for them, or hibernate with force.`;
    throw new DomainError("force_required", message, { details: { activeTasks: workspace.activeTasks } });
  }
  const keepAwakeCommands = await countKeepAwake(tx, workspace.id);
  if (keepAwakeCommands > 0) {
    const message = `"${workspace.name}" runs ${keepAwakeCommands} command(s) that keep it awake. Wait for them, or hibernate with force.`;
    throw new DomainError("force_required", message, { details: { keepAwakeCommands } });
  }
  if (workspace.volumeId === null && workspace.compute.dataPersistence === "ephemeral") {
    const message = `"${workspace.name}" is ephemeral: hibernating deletes /workspace and /configs. To hibernate it anyway, use force.`;
    throw new DomainError("force_required", message, {
      details: { dataPersistence: workspace.compute.dataPersistence },
    });
  }
}

async function checkAncestors(tx: Database, workspace: WorkspaceRow): Promise<void> {
  const paused = (await listAncestors(tx, workspace.orgId, workspace.id)).find((row) => row.desired === "paused");
  if (paused) throw parentPaused(paused);
}
