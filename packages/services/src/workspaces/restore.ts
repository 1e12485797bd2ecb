import { randomUUID } from "node:crypto";
import {
  appendEvents,
  attachVolume,
  type Database,
  findOpenOperation,
  findOwnedWorkspace,
  findVolume,
  insertIncarnation,
  insertOperation,
  lockOwnedWorkspace,
  type NewEvent,
  type OperationRow,
  patchWorkspace,
  type WorkspaceRow,
  writeIntent,
} from "@berth/db";
import {
  type Actor,
  DomainError,
  notFound,
  type Operation,
  type RestoreWorkspaceInput,
  type Workspace,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { statusEvent } from "../lifecycle/status-event.ts";
import { volumeMoved } from "../lifecycle/volume-event.ts";
import { presentOperation } from "../operations/operations.ts";
import { asNameTaken } from "./create.ts";
import { getWorkspace } from "./read.ts";
import { inProgress } from "./verbs.ts";

/** Brings a deleted workspace back, under another name when one is given, with its data while that is retained. A parent that is gone is not waited for. */
export async function restoreWorkspace(
  deps: Deps,
  actor: Actor,
  { id, name }: RestoreWorkspaceInput,
): Promise<{ workspace: Workspace; operation: Operation }> {
  const found = await findOwnedWorkspace(deps.db, actor.orgId, id);
  const operation = await deps.db
    .transaction(async (tx) => {
      // The parent first: every request locks a team from the top down.
      if (found?.parentId) await lockOwnedWorkspace(tx, actor.orgId, found.parentId);
      const workspace = await lockOwnedWorkspace(tx, actor.orgId, id);
      if (!workspace) throw notFound("The workspace");
      const open = await findOpenOperation(tx, id);
      if (open?.kind === "restore") return open;
      if (open) throw inProgress(workspace, open);
      if (workspace.status !== "deleted") {
        throw new DomainError(
          "illegal_transition",
          `"${workspace.name}" is not deleted, so there is nothing to restore.`,
        );
      }
      const events = await takeDataBack(tx, workspace);
      await leaveLostParent(tx, workspace);
      if (name !== undefined) await patchWorkspace(tx, actor.orgId, id, { name });
      return bringBack(tx, actor, workspace, events);
    })
    .catch(async (error) => {
      const { parentId = null } = found ?? {};
      throw await asNameTaken(deps.db, error, { orgId: actor.orgId, parentId, name: name ?? found?.name ?? "" });
    });
  return { workspace: await getWorkspace(deps, actor, { id }), operation: presentOperation(operation) };
}

/** @returns what is to be told of it, with the rest of the restore. */
async function takeDataBack(tx: Database, workspace: WorkspaceRow): Promise<NewEvent[]> {
  if (!workspace.volumeId) return [];
  const attached = await attachVolume(tx, workspace.volumeId, workspace.id);
  if (attached) return [volumeMoved(attached)];
  const volume = await findVolume(tx, workspace.volumeId);
  if (volume?.state === "quarantined") {
    const message = `The data of "${workspace.name}" was erased, and its backend has it again. Adopt it from Saved data.`;
    throw new DomainError("data_erased", message, { details: { volumeId: volume.id, state: volume.state } });
  }
  if (volume && volume.workspaceId !== workspace.id) {
    const message = `The data of "${workspace.name}" now belongs to another workspace, which adopted it.`;
    throw new DomainError("volume_attached", message, { details: { workspaceId: volume.workspaceId } });
  }
  throw new DomainError(
    "data_erased",
    `The data of "${workspace.name}" is ${volume?.state ?? "gone"}. Create a new workspace instead.`,
    {
      details: { volumeId: workspace.volumeId, state: volume?.state ?? null },
    },
  );
}

async function leaveLostParent(tx: Database, workspace: WorkspaceRow): Promise<void> {
  if (!workspace.parentId) return;
  const parent = await lockOwnedWorkspace(tx, workspace.orgId, workspace.parentId);
  if (parent && parent.desired === "running") return;
  await patchWorkspace(tx, workspace.orgId, workspace.id, { parentId: null });
}

async function bringBack(
  tx: Database,
  actor: Actor,
  { id, orgId, backend }: WorkspaceRow,
  events: readonly NewEvent[],
): Promise<OperationRow> {
  const incarnationId = randomUUID();
  const moved = await writeIntent(tx, id, { desired: "running", status: "provisioning", incarnationId });
  const { generation } = moved;
  await insertIncarnation(tx, { id: incarnationId, workspaceId: id, generation, backend });
  const operation = await insertOperation(tx, {
    orgId,
    workspaceId: id,
    kind: "restore",
    generation,
    requestedBy: actor.id,
  });
  const data = { operationId: operation.id, kind: "restore" };
  await appendEvents(tx, [...events, statusEvent(moved), { orgId, type: "operation.queued", workspaceId: id, data }]);
  return operation;
}
