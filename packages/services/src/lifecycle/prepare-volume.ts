import {
  appendEvents,
  type Database,
  findVolume,
  type IncarnationRow,
  insertVolume,
  liveIncarnations,
  lockWorkspace,
  markVolumeMade,
  retainVolume,
  setVolume,
  type VolumeRow,
  type WorkspaceRow,
} from "@berth/db";
import { DomainError, effectivePersistence } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { dataMissing, noteMissing } from "./missing-volume.ts";
import { Superseded } from "./operation-run.ts";
import { volumeCreated, volumeMoved } from "./volume-event.ts";

/**
 * Makes the volume row a workspace's setting asks for, before any machine is touched. A workspace that was `ephemeral`
 * until now is noted as the source to fill the new volume from.
 */
export async function ensureVolumeRow(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<VolumeRow | null> {
  if (!keepsData(deps, workspace)) return null;
  if (workspace.volumeId) return (await findVolume(deps.db, workspace.volumeId)) ?? null;
  return insertVolumeRow(deps, workspace, await unsavedMachine(deps, workspace));
}

/**
 * The volume to be filled before the last machine of a workspace goes, with what lies on that machine alone: the setting
 * says that it is kept. @returns null when there is nothing to save.
 */
export async function unfilledVolume(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<VolumeRow | null> {
  if (workspace.volumeId) {
    const volume = await findVolume(deps.db, workspace.volumeId);
    return volume?.fillFrom && volume.state === "attached" ? volume : null;
  }
  if (!keepsData(deps, workspace)) return null;
  const source = await unsavedMachine(deps, workspace);
  return source ? insertVolumeRow(deps, workspace, source) : null;
}

const keepsData = ({ settings }: LifecycleDeps, { compute }: WorkspaceRow): boolean =>
  effectivePersistence(compute.dataPersistence, settings.graceHours).mode !== "ephemeral";

/** The newest machine that has worked: one that never called home holds nothing. */
async function unsavedMachine(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<IncarnationRow | undefined> {
  const others = (await liveIncarnations(deps.db, workspace.id)).filter(({ id }) => id !== workspace.incarnationId);
  const newestFirst = others.toSorted((left, right) => right.generation - left.generation);
  return newestFirst.find(({ lastSeenAt }) => lastSeenAt !== null) ?? newestFirst[0];
}

async function insertVolumeRow(
  deps: LifecycleDeps,
  workspace: WorkspaceRow,
  source: IncarnationRow | undefined,
): Promise<VolumeRow> {
  return deps.db.transaction(async (tx) => {
    await lockAsRead(tx, workspace);
    const volume = await insertVolume(tx, {
      orgId: workspace.orgId,
      workspaceId: workspace.id,
      workspaceName: workspace.name,
      backend: workspace.backend,
      fillFrom: source?.id ?? null,
    });
    await setVolume(tx, workspace.id, volume.id, "unknown");
    await appendEvents(tx, [volumeCreated(volume)]);
    return volume;
  });
}

/**
 * Makes the volume at the backend the first time, and only then. Later it must be there: an absent one is missing
 * data, and starting on a new empty volume would hide the loss.
 */
export async function ensureVolume(deps: LifecycleDeps, volume: VolumeRow, sizeGb?: number): Promise<void> {
  if (!volume.madeAt) {
    await deps.gateway.createVolume(volume.backend, volume.id, { sizeGb });
    return markVolumeMade(deps.db, volume.id);
  }
  await checkVolume(deps, volume);
}

/** @throws DomainError `data_missing` when the backend says that it is not there, which is noted; `backend_unavailable`. */
export async function checkVolume(deps: LifecycleDeps, volume: VolumeRow): Promise<void> {
  const { presence, missingParts, reason } = await deps.gateway.observeVolume(volume.backend, volume.id);
  if (presence === "present") return;
  if (presence === "unknown") {
    throw new DomainError(
      "backend_unavailable",
      reason ?? `The ${volume.backend} backend does not answer, so the data volume could not be checked.`,
    );
  }
  const parts = presence === "partial" ? missingParts : null;
  await noteMissing(deps, volume, { parts });
  throw dataMissing(volume, parts);
}

/** A workspace that has become `ephemeral` lets go of its volume. Changing a setting never starts a clock on data. */
export async function letGoOfVolume(deps: LifecycleDeps, workspace: WorkspaceRow): Promise<void> {
  const { volumeId } = workspace;
  if (!volumeId) return;
  await deps.db.transaction(async (tx) => {
    await lockAsRead(tx, workspace);
    const retained = await retainVolume(tx, { id: volumeId, workspaceId: workspace.id }, null);
    await setVolume(tx, workspace.id, null, "none");
    if (retained) await appendEvents(tx, [volumeMoved(retained)]);
  });
}

/** What a workspace's volume is may change only for the intent it was read for: a delete that has come meanwhile has won. */
async function lockAsRead(tx: Database, { id, generation, volumeId }: WorkspaceRow): Promise<void> {
  const now = await lockWorkspace(tx, id);
  if (now?.generation !== generation || now.volumeId !== volumeId) throw new Superseded();
}
