import {
  type Database,
  findOwnedWorkspace,
  inTransaction,
  listTeam,
  lockOwnedWorkspace,
  patchWorkspace,
  renameVolume,
  type WorkspacePatch,
  type WorkspaceRow,
} from "@berth/db";
import {
  type Actor,
  type ConfigureWorkspaceInput,
  checkCompute,
  DomainError,
  defaultModel,
  layoutChanged,
  notFound,
  patchCompute,
  resolveTier,
  type UpdateWorkspaceInput,
  type Workspace,
  workspaceUpdated,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { asNameTaken, checkParent } from "./create.ts";
import { getWorkspace, workspaceDeleted } from "./read.ts";

/** Changes a workspace's display and parent. Does not affect its instance. */
export async function updateWorkspace(deps: Deps, actor: Actor, input: UpdateWorkspaceInput): Promise<Workspace> {
  const { id, position, parentId, ...named } = input;
  const patch: WorkspacePatch = {
    ...defined(named),
    ...(position ?? {}),
    ...(parentId === undefined ? {} : { parentId }),
  };
  await inTransaction(deps.db, async (tx) => {
    // The parent first, because every request locks a team from the top down.
    if (parentId) await lockOwnedWorkspace(tx, actor.orgId, parentId);
    const workspace = await lockOwnedWorkspace(tx, actor.orgId, id);
    if (!workspace) throw notFound("The workspace");
    if (parentId && parentId !== workspace.parentId) await checkMove(tx, actor.orgId, id, parentId);
    await patchWorkspace(tx, actor.orgId, id, patch);
    if (patch.name && workspace.volumeId)
      await renameVolume(tx, { id: workspace.volumeId, workspaceId: id }, patch.name);
    const isMove = Object.keys(patch).every((key) => key === "x" || key === "y");
    tx.emit(isMove ? layoutChanged(actor.orgId, [id]) : workspaceUpdated(workspace));
  }).catch(async (error) => {
    const found = await findOwnedWorkspace(deps.db, actor.orgId, id);
    const wanted = {
      name: input.name ?? found?.name ?? "",
      parentId: parentId === undefined ? (found?.parentId ?? null) : parentId,
    };
    throw await asNameTaken(deps.db, error, { orgId: actor.orgId, ...wanted });
  });
  return getWorkspace(deps, actor, { id });
}

async function checkMove(tx: Database, orgId: string, id: string, parentId: string): Promise<void> {
  const team = await listTeam(tx, orgId, id);
  if (team.some((member) => member.id === parentId)) {
    throw new DomainError("invalid_input", "A workspace cannot be moved below itself or its own team.", {
      details: { id, parentId },
    });
  }
  await checkParent(tx, orgId, parentId, levelsBelow(team));
}

/** The number of levels below the topmost member of a team. `team` is listed nearest first. */
function levelsBelow(team: readonly WorkspaceRow[]): number {
  const depths = new Map<string | null, number>();
  for (const { id, parentId } of team) depths.set(id, (depths.get(parentId) ?? -1) + 1);
  return Math.max(...depths.values());
}

/**
 * Changes the settings of the next instance. Does not restart the workspace, but returns whether a restart is required.
 */
export async function configureWorkspace(
  deps: Deps,
  actor: Actor,
  input: ConfigureWorkspaceInput,
): Promise<{ workspace: Workspace; restartRequired: boolean }> {
  await inTransaction(deps.db, async (tx) => {
    const workspace = await lockOwnedWorkspace(tx, actor.orgId, input.id);
    if (!workspace) throw notFound("The workspace");
    if (workspace.desired === "deleted") throw workspaceDeleted(workspace);
    const capabilities = deps.catalog.capabilities(workspace.backend);
    const compute = patchCompute(workspace.compute, input.compute ?? {});
    if (compute.backend && compute.backend !== workspace.backend) {
      throw new DomainError(
        "unsupported_by_backend",
        `This workspace and its data are on the ${workspace.backend} backend. Create a new workspace on ${compute.backend} instead.`,
      );
    }
    checkCompute(workspace.backend, capabilities, compute);
    const runtime = input.runtime ?? workspace.runtime;
    const changesRuntime = runtime !== workspace.runtime;
    await patchWorkspace(tx, actor.orgId, input.id, {
      runtime,
      model: input.model ?? (changesRuntime ? defaultModel(runtime) : workspace.model),
      tier: input.tier === undefined ? workspace.tier : resolveTier(input.tier, capabilities),
      compute,
    });
    tx.emit(workspaceUpdated(workspace));
  });
  const workspace = await getWorkspace(deps, actor, { id: input.id });
  return { workspace, restartRequired: workspace.restartRequired };
}

/** Drops the keys whose value is undefined. */
const defined = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
