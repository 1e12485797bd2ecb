import type { BackendKind } from "@berth/domain";
import { and, eq, isNull, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { incarnations, replicas } from "../schema/index.ts";

export type ReplicaRow = typeof replicas.$inferSelect;
export type ReplicaDetails = Omit<ReplicaRow, "beats" | "seenAt">;

/** Stores the heartbeat and the facts of this process. @returns the rows of all replicas. */
export async function recordHeartbeat(db: Database, { id, ...details }: ReplicaDetails): Promise<ReplicaRow[]> {
  await db
    .insert(replicas)
    .values({ id, ...details })
    .onConflictDoUpdate({
      target: replicas.id,
      set: { ...details, beats: sql`(${replicas.beats} + 1) % 1000000000`, seenAt: sql`now()` },
    });
  return listReplicas(db);
}

const KEPT_DAYS = 7;

/**
 * Deletes replicas without a heartbeat for a week. Keeps one while an instance from its lifetime is live, because
 * that instance's daemon may only know the tunnel folder of this replica.
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

/** What a replica that claims work serves, and the others that it knows to be dead. */
export interface Claimer {
  backends: readonly BackendKind[];
  deadReplicas: readonly string[];
}

/**
 * Whether a backend is served by another replica and not by the claimer. The claiming statement itself reads the rows:
 * a replica commits its row before its first operation, so even one that the claimer has not heard of keeps its work.
 */
export const isServedByOthers = ({ backends, deadReplicas }: Claimer, backend: SQLWrapper): SQL =>
  sql`(${backend} <> all(${sql.param([...backends])}::text[]) and exists (select 1 from ${replicas} r
    where r.id <> all(${sql.param([...deadReplicas])}::uuid[]) and ${backend} = any(r.backends)))`;

/**
 * Marks a replica that is ending, so that others stop calling it and claim its work. Its row stays, because instances
 * may know its tunnel folder.
 */
export async function retireReplica(db: Database, id: string): Promise<void> {
  await db.update(replicas).set({ url: null, backends: [] }).where(eq(replicas.id, id));
  await releaseTunnelsOf(db, id);
}

/** Records that the daemon of this incarnation has connected to this replica, so that calls are routed through it. */
export async function recordTunnel(db: Database, incarnationId: string, replicaId: string): Promise<void> {
  await db
    .update(incarnations)
    .set({ lastSeenAt: sql`now()`, tunnelReplicaId: replicaId })
    .where(eq(incarnations.id, incarnationId));
  await db.execute(sql`select pg_notify('berth_tunnels', ${incarnationId})`);
}

/** Records a tunnel only when no replica is recorded, because another replica's record is newer. */
export async function recordTunnelIfFree(db: Database, incarnationId: string, replicaId: string): Promise<void> {
  const [held] = await db
    .update(incarnations)
    .set({ tunnelReplicaId: replicaId })
    .where(and(eq(incarnations.id, incarnationId), isNull(incarnations.tunnelReplicaId), isNull(incarnations.endedAt)))
    .returning({ id: incarnations.id });
  if (held) await db.execute(sql`select pg_notify('berth_tunnels', ${incarnationId})`);
}

/** Clears the tunnel, unless the daemon has connected to another replica. */
export async function releaseTunnel(db: Database, incarnationId: string, replicaId: string): Promise<void> {
  await db
    .update(incarnations)
    .set({ tunnelReplicaId: null })
    .where(and(eq(incarnations.id, incarnationId), eq(incarnations.tunnelReplicaId, replicaId)));
}

/** Clears the tunnel of an instance that is not running, on any replica. */
export async function clearTunnel(db: Database, incarnationId: string): Promise<void> {
  await db.update(incarnations).set({ tunnelReplicaId: null }).where(eq(incarnations.id, incarnationId));
}

/** Clears all tunnels of a replica that has just started or died. */
export async function releaseTunnelsOf(db: Database, replicaId: string): Promise<void> {
  await db.update(incarnations).set({ tunnelReplicaId: null }).where(eq(incarnations.tunnelReplicaId, replicaId));
}
