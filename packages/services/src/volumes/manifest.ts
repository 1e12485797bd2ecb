import { findVolume, setVolumeGeneration, type VolumeRow, type WorkspaceRow } from "@berth/db";
import { DomainError } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";

/**
 * Records in the row and in the manifest which generation uses the volume, before an instance mounts it. A database
 * restored from an older backup then disagrees with the manifest.
 */
export async function recordUse(deps: LifecycleDeps, volumeId: string, workspace: WorkspaceRow): Promise<void> {
  const row = await setVolumeGeneration(deps.db, { id: volumeId, workspaceId: workspace.id }, workspace.generation);
  if (!row) return;
  try {
    await writeManifest(deps, row);
  } catch (error) {
    // An outdated manifest could agree with an outdated database. Without a manifest the volume never expires.
    const known = (await deps.gateway.surveyVolumes(row.backend)).get(volumeId);
    if (!known || known.manifest !== null) throw error;
    deps.log("warn", { evt: "volume.without_manifest", volumeId, backend: row.backend, error: String(error) });
  }
}

/** Writes a new deadline to the manifest. A missing volume has no manifest to write. */
export async function recordDeadline(deps: LifecycleDeps, volumeId: string): Promise<void> {
  const row = await findVolume(deps.db, volumeId);
  if (row?.state !== "retained") return;
  try {
    await writeManifest(deps, row);
  } catch (error) {
    if (!(error instanceof DomainError && error.problem.code === "not_found")) throw error;
  }
}

function writeManifest(deps: LifecycleDeps, row: VolumeRow): Promise<void> {
  const { workspaceId, generation, retainedUntil } = row;
  return deps.gateway.writeManifest(row.backend, row.id, {
    ...{ workspaceId, generation },
    retainedUntil: retainedUntil?.toISOString() ?? null,
    writtenAt: new Date().toISOString(),
  });
}
