import { type Database, listTeam, lockOwnedWorkspace, type WorkspaceRow } from "@berth/db";

/**
 * Locks all workspaces below one that the caller has locked. Every request locks from the top down, which serializes
 * requests on one team without deadlocks. Repeats the listing until it finds no new member, because a member may have
 * been added before its parent was locked.
 *
 * @returns the members, nearest first
 */
export async function lockTeam(tx: Database, { id: topId, orgId }: WorkspaceRow): Promise<WorkspaceRow[]> {
  const locked = new Map<string, WorkspaceRow | undefined>();
  for (;;) {
    const unseen = (await listTeam(tx, orgId, topId)).filter(({ id }) => id !== topId && !locked.has(id));
    if (unseen.length === 0) return [...locked.values()].filter((member) => member !== undefined);
    for (const { id } of unseen) locked.set(id, await lockOwnedWorkspace(tx, orgId, id));
  }
}
