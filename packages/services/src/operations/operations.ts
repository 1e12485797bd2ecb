import { findOperation, listOperations as listRows, type OperationRow } from "@berth/db";
import { type Actor, type ListOperationsInput, notFound, type Operation } from "@berth/domain";
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
