import {
  type Database,
  findVolume,
  type IncarnationRow,
  insertVolume,
  inTransaction,
  liveIncarnations,
  lockWorkspace,
  markVolumeCreated,
  retainVolume,
  setVolume,
  type VolumeRow,
  type WorkspaceRow,
} from "@berth/db";
import { DomainError, effectivePersistence, volumeChanged, volumeCreated } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { Superseded } from "../operations/run.ts";
import { dataMissing, recordMissing } from "./missing.ts";

/**
 * Creates the volume row that the workspace's settings require, before any instance changes. If the workspace was
 * `ephemeral` until now, its instance is recorded as the source to fill the volume from.
 */
export async function ensureVolumeRow(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<VolumeRow | null> {
  if (!keepsData(deps, workspace)) return null;
  if (workspace.volumeId) return (await findVolume(deps.db, workspace.volumeId)) ?? null;
  return insertVolumeRow(deps, workspace, await unsavedInstance(deps, workspace));
}

/**
 * The volume that must be filled before the last instance ends, because only that instance has the files and the
 * settings say that they are kept. @returns null when there is nothing to save.
 */
export async function unfilledVolume(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<VolumeRow | null> {
  if (workspace.volumeId) {
    const volume = await findVolume(deps.db, workspace.volumeId);
    return volume?.fillFrom && volume.state === "attached" ? volume : null;
  }
  if (!keepsData(deps, workspace)) return null;
  const source = await unsavedInstance(deps, workspace);
  return source ? insertVolumeRow(deps, workspace, source) : null;
}

const keepsData = ({ settings }: LifecycleDeps, { compute }: WorkspaceRow): boolean =>
  effectivePersistence(compute.dataPersistence, settings.graceHours).mode !== "ephemeral";

/** The newest instance whose daemon has ever connected: the others have no files to save. */
async function unsavedInstance(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<IncarnationRow | undefined> {
  const others = (await liveIncarnations(deps.db, workspace.id)).filter(({ id }) => id !== workspace.incarnationId);
  const newestFirst = others.toSorted((left, right) => right.generation - left.generation);
  return newestFirst.find(({ lastSeenAt }) => lastSeenAt !== null) ?? newestFirst[0];
}

async function insertVolumeRow(
  deps: LifecycleDeps,
  workspace: WorkspaceRow,
  source: IncarnationRow | undefined,
): Promise<VolumeRow> {
  return inTransaction(deps.db, async (tx) => {
    await lockAsRead(tx, workspace);
    const volume = await insertVolume(tx, {
      orgId: workspace.orgId,
      workspaceId: workspace.id,
      workspaceName: workspace.name,
      backend: workspace.backend,
      fillFrom: source?.id ?? null,
    });
    await setVolume(tx, workspace.id, volume.id, "unknown");
    tx.emit(volumeCreated(volume));
    return volume;
  });
}

/**
 * Creates the volume on the backend, but only the first time. After that, an absent volume means missing data, and a
 * new empty one would hide the loss.
 */
export async function ensureVolume(deps: LifecycleDeps, volume: VolumeRow, sizeGb?: number): Promise<void> {
  if (!volume.madeAt) {
    await deps.gateway.createVolume(volume.backend, volume.id, { sizeGb });
    return markVolumeCreated(deps.db, volume.id);
  }
  await checkVolume(deps, volume);
}

/** @throws DomainError `data_missing`, after recording it, or `backend_unavailable`. */
export async function checkVolume(deps: LifecycleDeps, volume: VolumeRow): Promise<void> {
  const { presence, missingParts, reason } = await deps.gateway.observeVolume(volume.backend, volume.id);
  if (presence === "present") return;
  if (presence === "unknown") {
    throw new DomainError(
      "backend_unavailable",
      reason ?? `The ${volume.backend} backend does not respond, so the data volume could not be checked.`,
    );
  }
  const parts = presence === "partial" ? missingParts : null;
  await recordMissing(deps, volume, { parts });
  throw dataMissing(volume, parts);
}

/** A workspace that became `ephemeral` releases its volume, which is retained without a deadline. */
export async function releaseVolume(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<void> {
  const { volumeId } = workspace;
  if (!volumeId) return;
  await inTransaction(deps.db, async (tx) => {
    await lockAsRead(tx, workspace);
    const retained = await retainVolume(tx, { id: volumeId, workspaceId: workspace.id }, null);
    await setVolume(tx, workspace.id, null, "none");
    if (retained) tx.emit(volumeChanged(retained));
  });
}

/** @throws Superseded when another request has changed the workspace since it was read. */
async function lockAsRead(tx: Database, { id, generation, volumeId }: WorkspaceRow): Promise<void> {
  const now = await lockWorkspace(tx, id);
  if (now?.generation !== generation || now.volumeId !== volumeId) throw new Superseded();
}
