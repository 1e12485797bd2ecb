import type { WorkspaceView } from "@berth/db";
import { effectivePersistence, settingsFingerprint, type Workspace } from "@berth/domain";

/** The workspace as the API returns it. Every field is listed, so that a new column stays internal. */
export function presentWorkspace(
  { workspace, volume, runningFingerprint }: WorkspaceView,
  graceHours: number,
): Workspace {
  const { id, name, role, parentId, runtime, model, tier, backend, compute } = workspace;
  const { status, statusReason, desired, generation, dataState, x, y, collapsed, currentTask, activeTasks } = workspace;
  return {
    ...{ id, name, role, parentId, runtime, model, tier, backend, compute },
    ...{ status, statusReason, desired, generation, dataState, collapsed, currentTask, activeTasks },
    restartRequired: isRestartRequired(workspace, runningFingerprint),
    effectivePersistence: effectivePersistence(compute.dataPersistence, graceHours),
    volume: volume && {
      id: volume.id,
      state: volume.state,
      sizeBytes: volume.sizeBytes,
      measuredAt: iso(volume.measuredAt),
      missingParts: volume.missingParts,
    },
    position: { x, y },
    createdAt: workspace.createdAt.toISOString(),
    updatedAt: workspace.updatedAt.toISOString(),
    lastHeartbeatAt: iso(workspace.lastHeartbeatAt),
    provisioningStartedAt: iso(workspace.provisioningStartedAt),
    deletedAt: iso(workspace.deletedAt),
    retainedUntil: iso(volume?.retainedUntil ?? null),
  };
}

/** Compares the settings with those of the running instance. It is computed, because a stored flag could be lost. */
export const isRestartRequired = (workspace: WorkspaceView["workspace"], runningFingerprint: string | null): boolean =>
  workspace.desired === "running" &&
  runningFingerprint !== null &&
  runningFingerprint !== settingsFingerprint(workspace);

export const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
