import { randomUUID } from "node:crypto";
import {
  adoptVolume,
  type Database,
  findLiveNamesake,
  insertVolume,
  insertWorkspace,
  inTransaction,
  listAncestors,
  lockOwnedWorkspace,
  type Transaction,
  type VolumeRow,
  violatesUnique,
  type WorkspaceRow,
} from "@berth/db";
import {
  type Actor,
  type CreateWorkspaceInput,
  checkCompute,
  DomainError,
  defaultModel,
  effectivePersistence,
  LIMITS,
  notFound,
  type Operation,
  resolveTier,
  volumeChanged,
  volumeCreated,
  type Workspace,
} from "@berth/domain";
import type { Deps, Settings } from "../deps.ts";
import { presentOperation } from "../operations/operations.ts";
import { requestOperation } from "../operations/request.ts";
import { getWorkspace, workspaceDeleted } from "./read.ts";

/**
 * Writes the intent and returns at once; the reconciler starts the instance.
 *
 * @param adopted an unused volume that the workspace gets instead of a new one.
 */
export async function createWorkspace(
  deps: Deps,
  actor: Actor,
  input: CreateWorkspaceInput,
  adopted: VolumeRow | null = null,
): Promise<{ workspace: Workspace; operation: Operation }> {
  const backend = await deps.catalog.choose(input.compute.backend);
  const capabilities = deps.catalog.capabilities(backend);
  checkCompute(backend, capabilities, input.compute);
  const values = {
    id: randomUUID(),
    orgId: actor.orgId,
    name: input.name,
    role: input.role ?? null,
    parentId: input.parentId ?? null,
    runtime: input.runtime,
    model: input.model ?? defaultModel(input.runtime),
    tier: resolveTier(input.tier, capabilities),
    backend,
    compute: input.compute,
    desired: "running" as const,
    status: "provisioning" as const,
    // Requesting the first instance raises it to 1.
    generation: 0,
    x: input.position?.x ?? 0,
    y: input.position?.y ?? 0,
  };
  const operation = await inTransaction(deps.db, async (tx) => {
    if (values.parentId) await checkParent(tx, actor.orgId, values.parentId);
    const volume = adopted ? await takeOver(tx, adopted, values) : await insertOwnVolume(tx, deps.settings, values);
    const subject = await insertWorkspace(tx, {
      ...values,
      ...(volume && { volumeId: volume.id, dataState: "unknown" as const }),
    });
    const { desired, status } = values;
    const queued = await requestOperation(tx, {
      ...{ subject, desired, status },
      ...{ kind: "create", incarnation: "new", requestedBy: actor.id },
    });
    if (volume) tx.emit(adopted ? volumeChanged(volume) : volumeCreated(volume));
    return queued;
  }).catch(async (error) => {
    const { name, parentId = null } = input;
    throw await asNameTaken(deps.db, error, { orgId: actor.orgId, parentId, name });
  });
  const workspace = await getWorkspace(deps, actor, { id: operation.workspaceId ?? "" });
  return { workspace, operation: presentOperation(operation) };
}

type NewWorkspace = Parameters<typeof insertWorkspace>[1] & { id: string };

/** @returns null for an `ephemeral` workspace. */
async function insertOwnVolume(
  tx: Transaction,
  { graceHours }: Settings,
  { id: workspaceId, orgId, name: workspaceName, backend, compute }: NewWorkspace,
): Promise<VolumeRow | null> {
  if (effectivePersistence(compute.dataPersistence, graceHours).mode === "ephemeral") return null;
  return insertVolume(tx, { orgId, workspaceId, workspaceName, backend });
}

/** @throws DomainError `data_erased` or `volume_attached` when the volume can no longer be adopted. */
async function takeOver(
  tx: Transaction,
  { id: volumeId, workspaceName, state }: VolumeRow,
  { id: workspaceId, name }: NewWorkspace,
): Promise<VolumeRow> {
  const owned = await adoptVolume(tx, volumeId, { workspaceId, workspaceName: name });
  if (owned) return owned;
  if (state === "erasing" || state === "erased") {
    throw new DomainError("data_erased", `The data of "${workspaceName}" is ${state}.`, { details: { volumeId } });
  }
  const message = `The data of "${workspaceName}" is in use, so it cannot be adopted.`;
  throw new DomainError("volume_attached", message, { details: { volumeId } });
}

/** @throws DomainError when the parent does not exist, is deleted or paused, or the team would be too deep. */
export async function checkParent(tx: Database, orgId: string, parentId: string, levelsBelow = 0): Promise<void> {
  const parent = await lockOwnedWorkspace(tx, orgId, parentId);
  if (!parent) throw notFound("The parent workspace");
  if (parent.desired === "deleted") throw workspaceDeleted(parent);
  const ancestors = await listAncestors(tx, orgId, parentId);
  if (ancestors.length + 1 + levelsBelow >= LIMITS.teamDepthMax) {
    throw new DomainError("limit_exceeded", `A team is at most ${LIMITS.teamDepthMax} levels deep.`, {
      details: { limit: "teamDepthMax", max: LIMITS.teamDepthMax },
    });
  }
  for (const row of [parent, ...ancestors]) {
    if (row.desired === "paused") throw parentPaused(row);
  }
}

export const parentPaused = ({ id, name }: WorkspaceRow): DomainError =>
  new DomainError("parent_paused", `The parent "${name}" is paused. Resume it first.`, { details: { parentId: id } });

/** @returns `name_taken` with the id of the other workspace when the name was the cause, else the error itself. */
export async function asNameTaken(
  db: Database,
  error: unknown,
  wanted: { orgId: string; parentId: string | null; name: string },
): Promise<unknown> {
  if (!violatesUnique(error, "workspaces_live_name")) return error;
  const other = await findLiveNamesake(db, wanted);
  const looksAlike = other && other.name !== wanted.name ? ", which looks the same" : "";
  const message = `There is already a workspace "${other?.name ?? wanted.name}" here${looksAlike}. Choose another name.`;
  return new DomainError("name_taken", message, {
    details: { name: wanted.name, ...(other ? { workspaceId: other.id } : {}) },
    cause: error,
  });
}
