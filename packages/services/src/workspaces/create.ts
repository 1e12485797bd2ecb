import { randomUUID } from "node:crypto";
import {
  adoptVolume,
  appendEvents,
  type Database,
  findLiveNamesake,
  insertIncarnation,
  insertOperation,
  insertVolume,
  insertWorkspace,
  listAncestors,
  lockOwnedWorkspace,
  type NewEvent,
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
  type Workspace,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { volumeCreated, volumeMoved } from "../lifecycle/volume-event.ts";
import { presentOperation } from "../operations/operations.ts";
import { isDeleted } from "./is-deleted.ts";
import { getWorkspace } from "./read.ts";

/**
 * Writes what should be and answers at once; the reconciler brings it up.
 *
 * @param adopted a volume nobody uses, which the workspace starts on instead of a new one.
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
  const incarnationId = randomUUID();
  const values = {
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
    incarnationId,
    provisioningStartedAt: new Date(),
    x: input.position?.x ?? 0,
    y: input.position?.y ?? 0,
  };
  const operation = await deps.db
    .transaction(async (tx) => {
      if (values.parentId) await checkParent(tx, actor.orgId, values.parentId);
      const { workspace, told } = adopted
        ? await insertOnVolume(tx, adopted, values)
        : await insertWithVolume(tx, deps.settings.graceHours, values);
      const { id: workspaceId, orgId, generation } = workspace;
      await insertIncarnation(tx, { id: incarnationId, workspaceId, generation, backend });
      const queued = await insertOperation(tx, {
        orgId,
        workspaceId,
        kind: "create",
        generation,
        requestedBy: actor.id,
      });
      const data = { status: workspace.status, operationId: queued.id };
      await appendEvents(tx, [{ orgId, type: "workspace.created", workspaceId, data }, ...told]);
      return queued;
    })
    .catch(async (error) => {
      const { name, parentId = null } = input;
      throw await asNameTaken(deps.db, error, { orgId: actor.orgId, parentId, name });
    });
  const workspace = await getWorkspace(deps, actor, { id: operation.workspaceId ?? "" });
  return { workspace, operation: presentOperation(operation) };
}

interface Inserted {
  workspace: WorkspaceRow;
  /** What became of its volume, to be told with the rest. */
  told: NewEvent[];
}

async function insertWithVolume(
  tx: Database,
  graceHours: number,
  values: Parameters<typeof insertWorkspace>[1],
): Promise<Inserted> {
  const id = randomUUID();
  const { orgId, name, backend, compute } = values;
  if (effectivePersistence(compute.dataPersistence, graceHours).mode === "ephemeral") {
    return { workspace: await insertWorkspace(tx, { ...values, id }), told: [] };
  }
  const volume = await insertVolume(tx, { orgId, workspaceId: id, workspaceName: name, backend });
  const workspace = await insertWorkspace(tx, { ...values, id, volumeId: volume.id, dataState: "unknown" });
  return { workspace, told: [volumeCreated(volume)] };
}

async function insertOnVolume(
  tx: Database,
  { id: volumeId, workspaceName, state }: VolumeRow,
  values: Parameters<typeof insertWorkspace>[1],
): Promise<Inserted> {
  const id = randomUUID();
  const owned = await adoptVolume(tx, volumeId, { workspaceId: id, workspaceName: values.name });
  if (!owned) {
    if (state === "erasing" || state === "erased") {
      throw new DomainError("data_erased", `The data of "${workspaceName}" is ${state}.`, { details: { volumeId } });
    }
    const message = `The data of "${workspaceName}" is in use, so it cannot be adopted.`;
    throw new DomainError("volume_attached", message, { details: { volumeId } });
  }
  const workspace = await insertWorkspace(tx, { ...values, id, volumeId, dataState: "unknown" });
  return { workspace, told: [volumeMoved(owned)] };
}

/** @throws DomainError when there is no such parent, it is paused, or the team would become too deep. */
export async function checkParent(tx: Database, orgId: string, parentId: string, levelsBelow = 0): Promise<void> {
  const parent = await lockOwnedWorkspace(tx, orgId, parentId);
  if (!parent) throw notFound("The parent workspace");
  if (parent.desired === "deleted") throw isDeleted(parent);
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

/** What a failed insert or update means: `name_taken` with the id of the other, or the error itself. */
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
