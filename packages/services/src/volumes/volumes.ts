import {
  findOpenVolumeOperation,
  findOwnedToken,
  findOwnedVolume,
  findReceipt,
  inTransaction,
  listVolumes as listRows,
  type VolumeRow,
} from "@berth/db";
import {
  type Actor,
  type AdoptVolumeInput,
  DomainError,
  type EraseReceipt,
  type EraseVolumeInput,
  notFound,
  type Operation,
  type Volume,
  type VolumeState,
  type Workspace,
} from "@berth/domain";
import { tokenIdOf } from "../access/authenticate.ts";
import type { Deps } from "../deps.ts";
import { presentOperation } from "../operations/operations.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { checkConfirmed } from "../workspaces/delete.ts";
import { iso } from "../workspaces/present.ts";
import { queueErase } from "./queue-erase.ts";

const presentVolume = (row: VolumeRow): Volume => ({
  id: row.id,
  state: row.state,
  workspaceId: row.workspaceId,
  workspaceName: row.workspaceName,
  backend: row.backend,
  sizeBytes: row.sizeBytes,
  measuredAt: iso(row.measuredAt),
  retainedUntil: iso(row.retainedUntil),
  heldBecause: row.heldBecause,
  missingSince: iso(row.missingSince),
  missingParts: row.missingParts,
  returnedAt: iso(row.returnedAt),
  createdAt: row.createdAt.toISOString(),
});

export async function listVolumes(
  deps: Deps,
  actor: Actor,
  { state }: { state?: VolumeState | undefined },
): Promise<Volume[]> {
  return (await listRows(deps.db, actor.orgId, state)).map(presentVolume);
}

export async function getVolume(deps: Deps, actor: Actor, { id }: { id: string }): Promise<Volume> {
  return presentVolume(await ownedVolume(deps, actor, id));
}

/** Creates a workspace on an unused volume and its data, on the volume's backend. */
export async function adoptVolume(
  deps: Deps,
  actor: Actor,
  input: AdoptVolumeInput,
): Promise<{ workspace: Workspace; operation: Operation }> {
  const { id, ...asked } = input;
  const volume = await ownedVolume(deps, actor, id);
  const { backend, dataPersistence } = asked.compute;
  if (backend && backend !== volume.backend) {
    const message = `This data is on the ${volume.backend} backend. Omit compute.backend, or set it to that backend.`;
    throw new DomainError("unsupported_by_backend", message, { details: { backend: volume.backend } });
  }
  if (dataPersistence === "ephemeral") {
    throw new DomainError("invalid_input", "An ephemeral workspace cannot adopt data. Choose auto or persist.", {
      details: { field: "compute.dataPersistence" },
    });
  }
  return createWorkspace(deps, actor, { ...asked, compute: { ...asked.compute, backend: volume.backend } }, volume);
}

/** Orders the erase of a volume that no workspace uses. A repeated request joins the open erase. */
export async function eraseVolume(deps: Deps, actor: Actor, input: EraseVolumeInput): Promise<Operation> {
  const volume = await ownedVolume(deps, actor, input.id);
  const operation = await inTransaction(deps.db, async (tx) => {
    const open = await findOpenVolumeOperation(tx, volume.id);
    if (open) return open;
    checkConfirmed(volume.workspaceName, input.confirmName);
    const queued = await queueErase(tx, actor, volume, { reason: "erase_now", confirmedName: input.confirmName });
    if (queued) return queued;
    throw notErasable((await findOwnedVolume(tx, actor.orgId, volume.id)) ?? volume);
  });
  return presentOperation(operation);
}

function notErasable(volume: VolumeRow): DomainError {
  if (volume.state === "attached") {
    const message = `The data of "${volume.workspaceName}" is in use. Delete the workspace with "also erase saved data" instead.`;
    return new DomainError("volume_attached", message, { details: { workspaceId: volume.workspaceId } });
  }
  const message = `The data of "${volume.workspaceName}" is ${volume.state} already. See its receipt.`;
  return new DomainError("data_erased", message, { details: { state: volume.state } });
}

export async function getReceipt(deps: Deps, actor: Actor, { id }: { id: string }): Promise<EraseReceipt> {
  const volume = await ownedVolume(deps, actor, id);
  const receipt = await findReceipt(deps.db, actor.orgId, id);
  if (!receipt?.verifiedAt || !receipt.erasedAt) throw notFound("The receipt");
  return {
    volumeId: volume.id,
    workspaceId: volume.workspaceId,
    workspaceName: volume.workspaceName,
    requestedBy: receipt.requestedBy,
    requestedByToken: await requestingToken(deps, actor.orgId, receipt.requestedBy),
    reason: receipt.reason,
    requestedAt: receipt.requestedAt.toISOString(),
    erasedAt: receipt.erasedAt.toISOString(),
    verifiedAt: receipt.verifiedAt.toISOString(),
    verification: receipt.verification ?? "",
    covered: receipt.covered ?? [],
    notCovered: receipt.notCovered ?? [],
  };
}

/** Part of the receipt, because not every caller who may see receipts may list tokens. */
async function requestingToken(
  deps: Deps,
  orgId: string,
  requestedBy: string,
): Promise<EraseReceipt["requestedByToken"]> {
  const tokenId = tokenIdOf(requestedBy);
  const token = tokenId === null ? undefined : await findOwnedToken(deps.db, orgId, tokenId);
  return token ? { name: token.name, revokedAt: iso(token.revokedAt) } : null;
}

async function ownedVolume(deps: Deps, actor: Actor, id: string): Promise<VolumeRow> {
  const row = await findOwnedVolume(deps.db, actor.orgId, id);
  if (!row) throw notFound("The volume");
  return row;
}
