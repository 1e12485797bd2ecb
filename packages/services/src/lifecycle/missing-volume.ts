import { appendEvents, lockWorkspace, setDataState, setVolumeMissing, type VolumeRow } from "@berth/db";
import { DomainError } from "@berth/domain";
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

export const dataMissing = ({ id, backend }: Pick<VolumeRow, "id" | "backend">): DomainError =>
  new DomainError(
    "data_missing",
    `The data volume ${id} is not on the ${backend} backend any more. Bring it back under the same name and restart; Berth does not start on an empty one in its place.`,
    { details: { volumeId: id } },
  );
