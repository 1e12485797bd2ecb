import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { incarnations, replicas } from "../schema/index.ts";

export type ReplicaRow = typeof replicas.$inferSelect;
export type ReplicaFacts = Omit<ReplicaRow, "beats" | "seenAt">;

/** Says that this process lives, and what it is. @returns every replica there is a row for. */
export async function beatReplica(db: Database, { id, ...facts }: ReplicaFacts): Promise<ReplicaRow[]> {
  await db
    .insert(replicas)
    .values({ id, ...facts })
    .onConflictDoUpdate({
      target: replicas.id,
      set: { ...facts, beats: sql`(${replicas.beats} + 1) % 1000000000`, seenAt: sql`now()` },
    });
  return listReplicas(db);
}

const KEPT_DAYS = 7;

/**
 * Removes replicas that have not beaten for a week. One stays while a machine runs that was made in its life: the machine's
 * daemon may know no other folder to dial.
 */
export async function removeOldReplicas(db: Database): Promise<string[]> {
  const rows = await db
    .delete(replicas)
    .where(
      sql`${replicas.seenAt} < now() - make_interval(days => ${KEPT_DAYS}) and not exists (
        select 1 from ${incarnations} i where i.ended_at is null and i.created_at <= ${replicas.seenAt})`,
    )
    .returning({ id: replicas.id });
  return rows.map(({ id }) => id);
}

export const listReplicas = (db: Database): Promise<ReplicaRow[]> => db.select().from(replicas);

/** A process that ends says so: nobody asks it any more. Its row stays, since machines may know its tunnel's folder. */
export async function retireReplica(db: Database, id: string): Promise<void> {
  await db.update(replicas).set({ url: null }).where(eq(replicas.id, id));
  await releaseTunnelsOf(db, id);
}

/** The daemon of this incarnation has called this replica: from now on it is reached through it. */
export async function holdTunnel(db: Database, incarnationId: string, replicaId: string): Promise<void> {
  await db
    .update(incarnations)
    .set({ lastSeenAt: sql`now()`, tunnelReplicaId: replicaId })
    .where(eq(incarnations.id, incarnationId));
  await db.execute(sql`select pg_notify('berth_tunnels', ${incarnationId})`);
}

/** Notes a tunnel that no replica is noted for. What another replica has noted since is newer. */
export async function holdTunnelIfFree(db: Database, incarnationId: string, replicaId: string): Promise<void> {
  const [held] = await db
    .update(incarnations)
    .set({ tunnelReplicaId: replicaId })
    .where(and(eq(incarnations.id, incarnationId), isNull(incarnations.tunnelReplicaId), isNull(incarnations.endedAt)))
    .returning({ id: incarnations.id });
  if (held) await db.execute(sql`select pg_notify('berth_tunnels', ${incarnationId})`);
}

/** The tunnel has ended, unless the daemon has called another replica meanwhile. */
export async function releaseTunnel(db: Database, incarnationId: string, replicaId: string): Promise<void> {
  await db
    .update(incarnations)
    .set({ tunnelReplicaId: null })
    .where(and(eq(incarnations.id, incarnationId), eq(incarnations.tunnelReplicaId, replicaId)));
}

/** The machine does not run: whoever held its tunnel holds it no more. */
export async function clearTunnel(db: Database, incarnationId: string): Promise<void> {
  await db.update(incarnations).set({ tunnelReplicaId: null }).where(eq(incarnations.id, incarnationId));
}

/** A replica that has just started, or has died, holds no tunnels. */
export async function releaseTunnelsOf(db: Database, replicaId: string): Promise<void> {
  await db.update(incarnations).set({ tunnelReplicaId: null }).where(eq(incarnations.tunnelReplicaId, replicaId));
}
