import { type Database, listTeam, lockOwnedWorkspace, type WorkspaceRow } from "@berth/db";

/**
 * Locks everybody below a workspace that is locked already, and answers them nearest first. From the top down, as every
 * request does, so that two of them on one team come one after the other; and again until nobody new stands there,
 * since somebody may have been added below a member that was not locked yet.
 */
export async function lockTeam(tx: Database, { id: topId, orgId }: WorkspaceRow): Promise<WorkspaceRow[]> {
  const locked = new Map<string, WorkspaceRow | undefined>();
  for (;;) {
    const unseen = (await listTeam(tx, orgId, topId)).filter(({ id }) => id !== topId && !locked.has(id));
    if (unseen.length === 0) return [...locked.values()].filter((member) => member !== undefined);
    for (const { id } of unseen) locked.set(id, await lockOwnedWorkspace(tx, orgId, id));
  }
}
