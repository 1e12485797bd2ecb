import {
  findOperation,
  findOwnedWorkspace,
  listDurations,
  listOperations as listRows,
  type OperationRow,
} from "@berth/db";
import {
  type Actor,
  type DurationsInput,
  type ExpectedDuration,
  type ListOperationsInput,
  measuredDuration,
  notFound,
  OPERATION_KINDS,
  type Operation,
  statedDuration,
} from "@berth/domain";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Deps } from "../deps.ts";

export const presentOperation = (row: OperationRow): Operation => ({
  id: row.id,
  workspaceId: row.workspaceId,
  volumeId: row.volumeId,
  kind: row.kind,
  status: row.status,
  steps: row.steps,
  error: row.error,
  createdAt: row.createdAt.toISOString(),
  finishedAt: row.finishedAt?.toISOString() ?? null,
});

export async function getOperation(deps: Deps, actor: Actor, { id }: { id: string }): Promise<Operation> {
  const row = await findOperation(deps.db, actor.orgId, id);
  if (!row) throw notFound("The operation");
  return presentOperation(row);
}

export async function listOperations(deps: Deps, actor: Actor, input: ListOperationsInput) {
  const { cursor, limit, ...filter } = input;
  const rows = await listRows(deps.db, {
    ...filter,
    orgId: actor.orgId,
    before: decodeCursor(cursor),
    limit: limit + 1,
  });
  return toPage(rows, limit, (row) => row, presentOperation);
}

/** Enough for every verb on every backend of a busy installation, and only a few index pages. */
const RUNS_SAMPLED = 1000;

/** How long each kind of operation takes: measured on this workspace, else on its backend, else a default. */
export async function expectedDurations(
  deps: Deps,
  actor: Actor,
  { workspaceId }: DurationsInput,
): Promise<ExpectedDuration[]> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, workspaceId);
  if (!workspace) throw notFound("The workspace");
  const { backend } = workspace;
  const runs = await listDurations(deps.db, { orgId: actor.orgId, backend, newestMax: RUNS_SAMPLED });
  return OPERATION_KINDS.map((kind): ExpectedDuration => {
    const same = runs.filter((run) => run.kind === kind);
    const own = measuredDuration(same.filter((run) => run.workspaceId === workspaceId).map(({ seconds }) => seconds));
    if (own) return { kind, basis: "workspace", ...own };
    const all = measuredDuration(same.map(({ seconds }) => seconds));
    if (all) return { kind, basis: "backend", ...all };
    return { kind, basis: "stated", ...statedDuration(backend, kind) };
  });
}
