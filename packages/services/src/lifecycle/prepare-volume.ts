import {
  findVolume,
  insertVolume,
  liveIncarnations,
  lockWorkspace,
  markVolumeMade,
  retainVolume,
  setDataState,
  setVolume,
  type VolumeRow,
  type WorkspaceRow,
} from "@berth/db";
import { DomainError, effectivePersistence } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";

/**
 * Makes the volume row a workspace's setting asks for, before any machine is touched. A workspace that was `ephemeral`
 * until now is noted as the source to fill the new volume from.
 */
export async function ensureVolumeRow(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<VolumeRow | null> {
  const { mode } = effectivePersistence(workspace.compute.dataPersistence, deps.settings.graceHours);
  if (mode === "ephemeral") return null;
  if (workspace.volumeId) return (await findVolume(deps.db, workspace.volumeId)) ?? null;
  const source = (await liveIncarnations(deps.db, workspace.id)).find(({ id }) => id !== workspace.incarnationId);
  return deps.db.transaction(async (tx) => {
    const volume = await insertVolume(tx, {
      orgId: workspace.orgId,
      workspaceId: workspace.id,
      workspaceName: workspace.name,
      backend: workspace.backend,
      fillFrom: source?.id ?? null,
    });
    await setVolume(tx, workspace.id, volume.id, "unknown");
    return volume;
  });
}

/**
 * Makes the volume at the backend the first time, and only then. Later it must be there: an absent one is missing
 * data, and starting on a new empty volume would hide the loss.
 */
export async function ensureVolume(deps: LifecycleDeps, volume: VolumeRow, sizeGb?: number): Promise<void> {
  if (!volume.madeAt) {
    await deps.door.createVolume(volume.backend, volume.id, { sizeGb });
    return markVolumeMade(deps.db, volume.id);
  }
  const presence = await deps.door.observeVolume(volume.backend, volume.id);
  if (presence === "present") return;
  if (presence === "unknown") {
    throw new DomainError(
      "backend_unavailable",
      `The ${volume.backend} backend does not answer, so the data volume was not looked at.`,
    );
  }
  if (volume.workspaceId) await setDataState(deps.db, volume.workspaceId, "missing");
  throw new DomainError(
    "data_missing",
    `The data volume ${volume.id} is not on the ${volume.backend} backend any more. Bring it back under the same name and restart; Berth does not start on an empty one in its place.`,
    { details: { volumeId: volume.id } },
  );
}

/** A workspace that has become `ephemeral` lets go of its volume. Changing a setting never starts a clock on data. */
export async function letGoOfVolume(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<void> {
  const { volumeId } = workspace;
  if (!volumeId) return;
  await deps.db.transaction(async (tx) => {
    await lockWorkspace(tx, workspace.id);
    await retainVolume(tx, volumeId, null);
    await setVolume(tx, workspace.id, null, "none");
  });
}
