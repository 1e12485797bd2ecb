import { endIncarnation, liveIncarnations, type WorkspaceRow, withdrawBrowse } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";

/**
 * Destroys all instances of a workspace except `keepId`. Each row is closed only after the backend has confirmed the
 * end, so the next attempt repairs a crash in between. An instance of a later generation stays: a worker that was
 * suspended in the middle of a step does not know of it.
 */
export async function endInstances(
  deps: LifecycleDeps,
  { id: workspaceId, generation: known }: Pick<WorkspaceRow, "id" | "generation">,
  keepId: string | null,
): Promise<void> {
  const live = await liveIncarnations(deps.db, workspaceId);
  const others = live.filter(({ id, generation }) => id !== keepId && generation <= known);
  const ends = await Promise.allSettled(
    others.map(async ({ id, backend }) => {
      await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
      deps.tunnel.session(id)?.end();
      await endIncarnation(deps.db, id);
    }),
  );
  // Throw only after all have settled, so that nothing continues after a failed step.
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Destroys the volume's browse instance before an instance mounts the volume or the volume is erased. */
export async function endBrowsing(deps: LifecycleDeps, volumeId: string): Promise<void> {
  for (const { id, backend, workspaceId } of await withdrawBrowse(deps.db, volumeId)) {
    await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
    await endIncarnation(deps.db, id);
  }
}
