import {
  attachVolume,
  type Database,
  findOpenOperation,
  findOwnedWorkspace,
  findVolume,
  inTransaction,
  lockOwnedWorkspace,
  patchWorkspace,
  renameVolume,
  type Transaction,
  type WorkspaceRow,
} from "@berth/db";
import {
  type Actor,
  DomainError,
  notFound,
  type Operation,
  type RestoreWorkspaceInput,
  volumeChanged,
  type Workspace,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { presentOperation } from "../operations/operations.ts";
import { requestOperation } from "../operations/request.ts";
import { asNameTaken } from "./create.ts";
import { getWorkspace } from "./read.ts";
import { inProgress } from "./verbs.ts";

/**
 * Restores a deleted workspace with its retained data, and renames it when a name is given. It moves to the top level
 * when its parent is not running.
 */
export async function restoreWorkspace(
  deps: Deps,
  actor: Actor,
  { id, name }: RestoreWorkspaceInput,
): Promise<{ workspace: Workspace; operation: Operation }> {
  const found = await findOwnedWorkspace(deps.db, actor.orgId, id);
  let parentId = found?.parentId ?? null;
  const operation = await inTransaction(deps.db, async (tx) => {
    // The parent first, because every request locks a team from the top down.
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
    await reattachData(tx, workspace);
    parentId = await detachFromDeletedParent(tx, workspace);
    if (name !== undefined) await rename(tx, workspace, name);
    return requestOperation(tx, {
      ...{ subject: workspace, kind: "restore", desired: "running", status: "provisioning" },
      ...{ incarnation: "new", requestedBy: actor.id },
    });
  }).catch(async (error) => {
    throw await asNameTaken(deps.db, error, { orgId: actor.orgId, parentId, name: name ?? found?.name ?? "" });
  });
  return { workspace: await getWorkspace(deps, actor, { id }), operation: presentOperation(operation) };
}

/** @throws DomainError `data_erased` or `volume_attached` when the workspace can no longer have its data. */
async function reattachData(tx: Transaction, workspace: WorkspaceRow): Promise<void> {
  if (!workspace.volumeId) return;
  const attached = await attachVolume(tx, workspace.volumeId, workspace.id);
  if (attached) return tx.emit(volumeChanged(attached));
  const volume = await findVolume(tx, workspace.volumeId);
  if (volume?.state === "quarantined") {
    const message = `The data of "${workspace.name}" was erased, but exists on its backend again. Adopt it from Saved data.`;
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

/** @returns the id of the parent that the workspace has from now on. */
async function detachFromDeletedParent(tx: Database, workspace: WorkspaceRow): Promise<string | null> {
  if (!workspace.parentId) return null;
  const parent = await lockOwnedWorkspace(tx, workspace.orgId, workspace.parentId);
  if (parent && parent.desired === "running") return parent.id;
  await patchWorkspace(tx, workspace.orgId, workspace.id, { parentId: null });
  return null;
}

/** Renames the volume too, because Saved data shows its name and an erase asks for it. */
async function rename(tx: Database, { id, orgId, volumeId }: WorkspaceRow, name: string): Promise<void> {
  await patchWorkspace(tx, orgId, id, { name });
  if (volumeId) await renameVolume(tx, { id: volumeId, workspaceId: id }, name);
}
