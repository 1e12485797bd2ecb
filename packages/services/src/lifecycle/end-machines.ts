import { endIncarnation, liveIncarnations, unwantBrowse } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";

/**
 * Destroys every machine of a workspace but the one to keep. The row is closed only after the backend has said that the
 * machine is gone, so a crash in between is repaired by the next attempt.
 */
export async function endMachines(deps: LifecycleDeps, workspaceId: string, keepId: string | null): Promise<void> {
  const others = (await liveIncarnations(deps.db, workspaceId)).filter(({ id }) => id !== keepId);
  const ends = await Promise.allSettled(
    others.map(async ({ id, backend }) => {
      await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
      deps.tunnel.session(id)?.end();
      await endIncarnation(deps.db, id);
    }),
  );
  // Only when all have come to an end: nothing may go on behind a step that has failed.
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Ends whatever serves a volume's files, before the volume gets a machine or goes. */
export async function endBrowsing(deps: LifecycleDeps, volumeId: string): Promise<void> {
  for (const { id, backend, workspaceId } of await unwantBrowse(deps.db, volumeId)) {
    await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
    await endIncarnation(deps.db, id);
  }
}
