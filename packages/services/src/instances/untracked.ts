import type { ListedInstance } from "@berth/backends";
import { findIncarnations, type WorkspaceRow } from "@berth/db";
import type { BackendKind } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";

/**
 * Instances of this installation that have no row. Rows are written before instances and never deleted, so these exist
 * only after the database was restored from an older backup.
 */
export async function findUntracked(deps: LifecycleDeps, listed: readonly ListedInstance[]): Promise<ListedInstance[]> {
  const rows = await findIncarnations(
    deps.db,
    listed.map(({ incarnationId }) => incarnationId),
  );
  const known = new Set(rows.map(({ id }) => id));
  return listed.filter(({ incarnationId }) => !known.has(incarnationId));
}

/**
 * Called before an instance mounts the volume or an order erases it. Nothing is lost, because the data is on the
 * volume.
 */
export async function destroyUntrackedOnVolume(
  deps: LifecycleDeps,
  kind: BackendKind,
  volumeId: string,
): Promise<void> {
  const untracked = await findUntracked(deps, await deps.gateway.list(kind));
  for (const instance of untracked.filter((each) => each.volumeId === volumeId)) await destroy(deps, kind, instance);
}

/** Stops but does not destroy, because the instance's own disk may hold the only copy of a file. */
export async function stopUntrackedOf(deps: LifecycleDeps, { id, backend }: WorkspaceRow): Promise<void> {
  const untracked = await findUntracked(deps, await deps.gateway.list(backend));
  for (const instance of untracked.filter((each) => each.workspaceId === id))
    await stopUntracked(deps, backend, instance);
}

/** Only for a delete, because a person requested it. */
export async function destroyUntrackedOf(deps: LifecycleDeps, { id, backend }: WorkspaceRow): Promise<void> {
  const untracked = await findUntracked(deps, await deps.gateway.list(backend));
  for (const instance of untracked.filter((each) => each.workspaceId === id)) await destroy(deps, backend, instance);
}

async function destroy(deps: LifecycleDeps, kind: BackendKind, instance: ListedInstance): Promise<void> {
  const { incarnationId, workspaceId, volumeId } = instance;
  deps.log("warn", { evt: "untracked.destroyed", backend: kind, incarnationId, workspaceId, volumeId });
  await deps.gateway.destroy(kind, { incarnationId, workspaceId });
}

export async function stopUntracked(deps: LifecycleDeps, kind: BackendKind, instance: ListedInstance): Promise<void> {
  if (instance.state === "stopped") return;
  const { incarnationId, workspaceId, volumeId } = instance;
  deps.log("warn", { evt: "untracked.stopped", backend: kind, incarnationId, workspaceId, volumeId });
  await deps.gateway.stop(kind, { incarnationId, workspaceId });
}
