import type { WorkspaceView } from "@berth/db";
import { effectivePersistence, settingsFingerprint, type Workspace } from "@berth/domain";

/** A workspace as the contract shows it. */
export function presentWorkspace(
  { workspace, volume, runningFingerprint }: WorkspaceView,
  graceHours: number,
): Workspace {
  const { orgId: _, incarnationId: _i, volumeId: _v, restartAgain: _r, statusChangedAt: _s, ...shown } = workspace;
  const { nameKey: _n, x, y, ...row } = shown;
  return {
    ...row,
    restartRequired: isRestartRequired(workspace, runningFingerprint),
    effectivePersistence: effectivePersistence(workspace.compute.dataPersistence, graceHours),
    volume: volume && {
      id: volume.id,
      state: volume.state,
      sizeBytes: volume.sizeBytes,
      measuredAt: iso(volume.measuredAt),
      missingParts: volume.missingParts,
    },
    position: { x, y },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    lastHeartbeatAt: iso(row.lastHeartbeatAt),
    provisioningStartedAt: iso(row.provisioningStartedAt),
    deletedAt: iso(row.deletedAt),
    retainedUntil: iso(volume?.retainedUntil ?? null),
  };
}

/** Computed, so it never vanishes: what it should be made from differs from what its machine was made from. */
export const isRestartRequired = (workspace: WorkspaceView["workspace"], runningFingerprint: string | null): boolean =>
  workspace.desired === "running" &&
  runningFingerprint !== null &&
  runningFingerprint !== settingsFingerprint(workspace);

export const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
