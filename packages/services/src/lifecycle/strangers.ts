import type { ListedInstance } from "@berth/backends";
import { findIncarnations, type WorkspaceRow } from "@berth/db";
import type { BackendKind } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";

/**
 * A *stranger* is a machine with our label and this installation's id that no row speaks of. Rows are written before
 * machines and never deleted, so there are strangers only after the database was put back to an older state.
 */
export async function strangersAmong(
  deps: LifecycleDeps,
  listed: readonly ListedInstance[],
): Promise<ListedInstance[]> {
  const rows = await findIncarnations(
    deps.db,
    listed.map(({ incarnationId }) => incarnationId),
  );
  const known = new Set(rows.map(({ id }) => id));
  return listed.filter(({ incarnationId }) => !known.has(incarnationId));
}

/**
 * Before a machine of ours works on a volume, or the volume is erased by an order: whoever else may be at work on it goes.
 * Such a machine holds nothing that is not on the volume.
 */
export async function freeFromStrangers(deps: LifecycleDeps, kind: BackendKind, volumeId: string): Promise<void> {
  const strangers = await strangersAmong(deps, await deps.gateway.list(kind));
  for (const stranger of strangers.filter((each) => each.volumeId === volumeId)) await destroy(deps, kind, stranger);
}

/** A workspace has one machine. Stopped and kept: its own disk may hold what lies nowhere else. */
export async function stopStrangersOf(deps: LifecycleDeps, { id, backend }: WorkspaceRow): Promise<void> {
  const strangers = await strangersAmong(deps, await deps.gateway.list(backend));
  for (const stranger of strangers.filter((each) => each.workspaceId === id)) await stop(deps, backend, stranger);
}

/** A delete, which somebody asked for, takes every machine of its workspace. */
export async function destroyStrangersOf(deps: LifecycleDeps, { id, backend }: WorkspaceRow): Promise<void> {
  const strangers = await strangersAmong(deps, await deps.gateway.list(backend));
  for (const stranger of strangers.filter((each) => each.workspaceId === id)) await destroy(deps, backend, stranger);
}

async function destroy(deps: LifecycleDeps, kind: BackendKind, stranger: ListedInstance): Promise<void> {
  const { incarnationId, workspaceId, volumeId } = stranger;
  deps.log("warn", { evt: "stranger.destroyed", backend: kind, incarnationId, workspaceId, volumeId });
  await deps.gateway.destroy(kind, { incarnationId, workspaceId });
}

export async function stop(deps: LifecycleDeps, kind: BackendKind, stranger: ListedInstance): Promise<void> {
  if (stranger.state === "stopped") return;
  const { incarnationId, workspaceId, volumeId } = stranger;
  deps.log("warn", { evt: "stranger.stopped", backend: kind, incarnationId, workspaceId, volumeId });
  await deps.gateway.stop(kind, { incarnationId, workspaceId });
}
