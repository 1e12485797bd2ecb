import { randomUUID } from "node:crypto";
import {
  findLastOperation,
  findOpenOperation,
  findOwnedWorkspace,
  findVolume,
  insertVolume,
  inTransaction,
  listTeam,
  lockOwnedWorkspace,
  lockVolume,
  type OperationRow,
  revokeWorkspaceTokens,
  setVolume,
  supersedeOpen,
  type Transaction,
  type VolumeRow,
  type WorkspaceRow,
} from "@berth/db";
import {
  type Actor,
  type DeletePreview,
  type DeletePreviewInput,
  type DeleteWorkspaceInput,
  DomainError,
  effectivePersistence,
  fateOfDelete,
  notFound,
  type Operation,
  volumeCreated,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { presentOperation } from "../operations/operations.ts";
import { requestOperation } from "../operations/request.ts";
import { measureThrough } from "../volumes/measure.ts";
import { queueErase } from "../volumes/queue-erase.ts";
import { lockTeam } from "./lock-team.ts";

/** The preview must be fast, so a volume that takes longer to measure is shown with its last known size. */
const MEASURE_WITHIN_MS = 2_000;

/** Shows which workspaces a delete would reach and what would happen to each volume. Deletes nothing. */
export async function previewDelete(deps: Deps, actor: Actor, input: DeletePreviewInput): Promise<DeletePreview> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, input.id);
  if (!workspace) throw notFound("The workspace");
  const team = await listTeam(deps.db, actor.orgId, input.id);
  const previews = team.map(async ({ id, name, status, volumeId, incarnationId, compute }) => {
    const found = volumeId ? await findVolume(deps.db, volumeId) : undefined;
    const isGone = status === "deleted" && (found?.workspaceId !== id || found.state !== "retained");
    const volume = isGone ? undefined : found;
    const session = volume && (await deps.daemons.find(incarnationId));
    const measured =
      session && (await measureThrough(deps, session, volume.id, AbortSignal.timeout(MEASURE_WITHIN_MS)));
    // Before the delete destroys the instance, it saves data that the settings keep, if necessary to a new volume.
    const { mode } = effectivePersistence(compute.dataPersistence, deps.settings.graceHours);
    const holdsData = volume !== undefined || (status !== "deleted" && mode !== "ephemeral");
    const fate = fateOfDelete(compute.dataPersistence, holdsData, input.eraseData);
    return {
      id,
      name,
      status,
      volume: volume ? { id: volume.id, sizeBytes: measured ?? volume.sizeBytes } : null,
      fate,
    };
  });
  const workspaces = await Promise.all(previews);
  // A second delete does not reach deleted members whose data is no longer retained.
  const reached = workspaces.filter(({ id, status, volume }) => id === input.id || status !== "deleted" || volume);
  return { workspaces: reached, confirmName: workspace.name };
}

/**
 * Marks the workspace as deleted before anything is stopped, so it does not come back after a crash. Supersedes any
 * open operation. With `eraseData`, the same transaction writes one erase order per volume. A second delete with
 * `eraseData` erases the data that the first one retained; with `cascade` also that of the team members deleted with
 * it.
 */
export async function requestDelete(deps: Deps, actor: Actor, input: DeleteWorkspaceInput): Promise<Operation> {
  const { eraseData, cascade } = input;
  const operation = await inTransaction(deps.db, async (tx) => {
    const workspace = await lockOwnedWorkspace(tx, actor.orgId, input.id);
    if (!workspace) throw notFound("The workspace");
    checkConfirmed(workspace.name, input.confirmName);
    const team = await lockTeam(tx, workspace);
    const live = team.filter(({ desired }) => desired !== "deleted");
    if (live.length > 0 && !cascade) throw hasChildren(workspace, live);
    const request = { actor, eraseData, deletionId: randomUUID() };
    // Children first, so that none is left below a parent that is being deleted.
    let ofTeam: OperationRow | undefined;
    for (const member of cascade ? team.toReversed() : [])
      ofTeam = (await deleteOrErase(tx, request, member)) ?? ofTeam;
    const own = await deleteOrErase(tx, request, workspace);
    // Its own data may already be erased while data of its team is not.
    const operation = own ?? (eraseData ? ofTeam : undefined) ?? (await findLastOperation(tx, workspace.id, "delete"));
    if (!operation) throw notFound("The workspace");
    return operation;
  });
  return presentOperation(operation);
}

interface DeleteRequest {
  actor: Actor;
  eraseData: boolean;
  deletionId: string;
}

const deleteOrErase = (tx: Transaction, request: DeleteRequest, workspace: WorkspaceRow) =>
  workspace.status === "deleted" ? eraseKept(tx, request, workspace) : deleteOne(tx, request, workspace);

/** Erases the retained data of a deleted workspace. @returns undefined when there is nothing to erase. */
async function eraseKept(
  tx: Transaction,
  { actor, eraseData }: DeleteRequest,
  { id: workspaceId, name, volumeId }: WorkspaceRow,
): Promise<OperationRow | undefined> {
  const volume = eraseData && volumeId ? await lockVolume(tx, volumeId) : undefined;
  // Another workspace may have adopted the volume since then.
  if (volume?.workspaceId !== workspaceId) return undefined;
  return queueErase(tx, actor, volume, { reason: "delete_with_erase", confirmedName: name });
}

async function deleteOne(
  tx: Transaction,
  { actor, eraseData, deletionId }: DeleteRequest,
  workspace: WorkspaceRow,
): Promise<OperationRow> {
  const { id: workspaceId } = workspace;
  const open = await findOpenOperation(tx, workspaceId);
  const found = workspace.volumeId ? await lockVolume(tx, workspace.volumeId) : undefined;
  // Another workspace may have adopted the volume since then.
  const volume = found?.workspaceId === workspaceId ? found : undefined;
  const erases = eraseData && volume?.state !== "erasing" && volume?.state !== "erased";
  if (open?.kind === "delete" && !erases) return open;
  await supersedeOpen(tx, workspaceId);
  await revokeWorkspaceTokens(tx, workspaceId);
  return requestOperation(tx, {
    ...{ subject: workspace, kind: "delete", desired: "deleted", status: "deleting", incarnation: "none" },
    // A workspace that is already being deleted stays part of that delete.
    ...{ requestedBy: actor.id, deletionId: workspace.deletionId ?? deletionId },
    ...(erases && { erases: volume ?? (await insertUnmadeVolume(tx, workspace)) }),
  });
}

/**
 * An `ephemeral` workspace has no volume. This row represents the data on the instance's own disk, so that its erase
 * produces a receipt too.
 */
async function insertUnmadeVolume(tx: Transaction, workspace: WorkspaceRow): Promise<VolumeRow> {
  const { id: workspaceId, orgId, backend, name } = workspace;
  const volume = await insertVolume(tx, { orgId, workspaceId, workspaceName: name, backend });
  await setVolume(tx, workspaceId, volume.id, "none");
  tx.emit(volumeCreated(volume));
  return volume;
}

/** Clients other than the canvas must confirm too. @throws DomainError `confirmation_mismatch` */
export function checkConfirmed(name: string, confirmName: string): void {
  // Keyboards compose the same letter in different ways.
  if (confirmName.normalize("NFC") === name.normalize("NFC")) return;
  throw new DomainError("confirmation_mismatch", `Type the exact name to confirm: ${name}`, {
    details: { field: "confirmName" },
  });
}

function hasChildren(workspace: WorkspaceRow, members: readonly WorkspaceRow[]): DomainError {
  const children = members.map(({ id, name }) => ({ id, name }));
  const message = `"${workspace.name}" has ${children.length} workspace(s) below it. Delete them too with cascade, or move them first.`;
  return new DomainError("has_children", message, { details: { children } });
}
