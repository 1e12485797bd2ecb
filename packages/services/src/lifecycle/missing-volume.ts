import { appendEvents, lockWorkspace, setDataState, setVolumeMissing, type VolumeRow } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";

/** Says of a volume that its backend does not have it, or has it again: to who looks at the workspace, and to who follows. */
export async function noteMissing(deps: LifecycleDeps, volume: VolumeRow, missing: boolean): Promise<void> {
  const { id: volumeId, orgId, workspaceId, backend } = volume;
  await deps.db.transaction(async (tx) => {
    const workspace = workspaceId ? await lockWorkspace(tx, workspaceId) : undefined;
    if (workspace?.volumeId === volumeId) await setDataState(tx, workspace.id, missing ? "missing" : "intact");
    const changed = await setVolumeMissing(tx, volumeId, missing);
    if (!changed) return;
    deps.log(missing ? "error" : "info", {
      evt: missing ? "sweep.volume_missing" : "sweep.volume_found",
      ...{ volumeId, workspaceId, backend },
    });
    await appendEvents(tx, [
      { orgId, type: "volume.state_changed", workspaceId, data: { volumeId, state: changed.state, missing } },
      ...(workspaceId ? [{ orgId, type: "workspace.updated" as const, workspaceId }] : []),
    ]);
  });
}
