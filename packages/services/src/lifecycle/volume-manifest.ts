import { findVolume, setVolumeGeneration, type VolumeRow, type WorkspaceRow } from "@berth/db";
import { DomainError } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";

/** Before a machine works on a volume: the row and the manifest say for which start. A later database then differs. */
export async function recordUse(deps: LifecycleDeps, volumeId: string, workspace: WorkspaceRow): Promise<void> {
  const row = await setVolumeGeneration(deps.db, { id: volumeId, workspaceId: workspace.id }, workspace.generation);
  if (!row) return;
  try {
    await writeManifest(deps, row);
  } catch (error) {
    // An old manifest could agree with an old database. Without any, nothing is ever erased by the clock.
    const known = (await deps.gateway.surveyVolumes(row.backend)).get(volumeId);
    if (!known || known.manifest !== null) throw error;
    deps.log("warn", { evt: "volume.without_manifest", volumeId, backend: row.backend, error: String(error) });
  }
}

/** After a deadline was set. Data that is missing has no place for it. */
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
