import {
  type BackendKind,
  OPEN_OPERATION_STATUSES,
  type OperationKind,
  type OperationStep,
  type StatusReason,
} from "@berth/domain";
import { and, asc, desc, eq, inArray, isNotNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { operations, workspaces } from "../schema/index.ts";
import { newestFirst, olderThan } from "./newest-first.ts";
import { type Claimer, isServedByOthers } from "./replicas.ts";

export type OperationRow = typeof operations.$inferSelect;
const isOpen = inArray(operations.status, [...OPEN_OPERATION_STATUSES]);

export const findOpenOperation = async (db: Database, workspaceId: string): Promise<OperationRow | undefined> =>
  (
    await db
      .select()
      .from(operations)
      .where(and(eq(operations.workspaceId, workspaceId), isOpen))
  )[0];

export const findOpenVolumeOperation = async (db: Database, volumeId: string): Promise<OperationRow | undefined> =>
  (
    await db
      .select()
      .from(operations)
      .where(and(eq(operations.volumeId, volumeId), isOpen))
  )[0];

/**
 * Ends the open operation of a workspace because a later request wins. Its lease stays: no worker starts on the
 * workspace before the current one releases the lease or the lease expires.
 */
export async function supersedeOpen(db: Database, workspaceId: string): Promise<OperationRow | undefined> {
  const [row] = await db
    .update(operations)
    .set({ status: "superseded", finishedAt: sql`now()` })
    .where(and(eq(operations.workspaceId, workspaceId), isOpen))
    .returning();
  if (row) await db.execute(sql`select pg_notify('berth_superseded', ${row.id})`);
  return row;
}

export interface Claim {
  owner: string;
  claimer: Claimer;
  leaseSeconds: number;
  kinds: readonly OperationKind[];
  /** Owners that are known to be alive, independent of the database clock. */
  liveOwners?: readonly string[];
  /** Operations that the claimer is running, regardless of their leases. */
  underWay?: readonly string[];
  /** Only operations of these backends, or only those of all others. Absent: of any backend. */
  backends?: { kinds: readonly BackendKind[]; included: boolean };
}

/**
 * Claims the oldest due operation whose workspace no other worker holds: a new one, or one with an expired lease.
 *
 * @returns the claimed row, or `undefined` when nothing is due. Raises `attempt`; sets `startedAt` at the first
 * claim.
 * @see https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE (SKIP LOCKED)
 */
export async function claimOperation(db: Database, claim: Claim): Promise<OperationRow | undefined> {
  const due = db
    .select({ id: operations.id })
    .from(operations)
    .where(
      and(
        inArray(operations.kind, [...claim.kinds]),
        claim.backends && concerns(claim.backends),
        sql`not coalesce(${isServedByOthers(claim.claimer, backendOfOperation)}, false)`,
        isOpen,
        isDue,
        sql`not ${isHeld(claim, sql`${operations}`)}`,
        sql`not exists (select 1 from operations held where held.workspace_id = ${operations.workspaceId}
              and held.id <> ${operations.id} and ${isHeld(claim, sql`held`)})`,
      ),
    )
    .orderBy(asc(operations.runAt), asc(operations.createdAt))
    .limit(1)
    .for("update", { skipLocked: true });
  const [row] = await db
    .update(operations)
    .set({
      status: "running",
      attempt: sql`${operations.attempt} + 1`,
      leaseOwner: claim.owner,
      leaseUntil: leaseEnd(claim.leaseSeconds),
      startedAt: sql`coalesce(${operations.startedAt}, now())`,
    })
    .where(eq(operations.id, due))
    .returning();
  return row;
}

/** The longest backoff of a retry. A later `runAt` was written before the clock was set back. */
export const RETRY_SECONDS_MAX = 60;
const isDue = sql`(${operations.runAt} <= now() or ${operations.attempt} = 0
  or ${operations.runAt} > now() + make_interval(secs => ${RETRY_SECONDS_MAX}))`;

/**
 * The lease of a live owner always counts, because all leases appear expired after the clock was set ahead. The
 * claimer's own operations count without a lease. A lease with a longer remaining time than any lease has was written
 * before the clock was set back, so it counts only with a live owner.
 */
function isHeld({ leaseSeconds, liveOwners = [], underWay = [] }: Claim, row: SQL): SQL {
  const isCredible = sql`${row}.lease_until <= now() + make_interval(secs => ${leaseSeconds * 2})`;
  const isOfLive = sql`${row}.lease_owner = any(${sql.param([...liveOwners])}::uuid[])`;
  const isLeased = sql`coalesce(${isOfLive} or (${row}.lease_until > now() and ${isCredible}), false)`;
  return sql`(${row}.id = any(${sql.param([...underWay])}::uuid[]) or ${isLeased})`;
}

/** An operation belongs to a workspace, or to a volume without one. */
const backendOfOperation = sql`coalesce(
  (select w.backend from workspaces w where w.id = ${operations.workspaceId}),
  (select v.backend from volumes v where v.id = ${operations.volumeId}))`;

function concerns({ kinds, included }: NonNullable<Claim["backends"]>): SQL {
  const among = sql`coalesce(${backendOfOperation} = any(${sql.param([...kinds])}::text[]), false)`;
  return included ? among : sql`not ${among}`;
}

const leaseEnd = (seconds: number): SQL => sql`now() + make_interval(secs => ${seconds})`;

/** One claim of an operation. The next claim, by any worker, raises the attempt. */
export interface Lease {
  id: string;
  owner: string;
  attempt: number;
}

const leasedBy = ({ id, owner, attempt }: Lease) =>
  and(eq(operations.id, id), eq(operations.leaseOwner, owner), eq(operations.attempt, attempt));

/** Fences every write of a worker: zero updated rows mean that the operation was superseded or the lease was lost. */
const heldBy = (lease: Lease) => and(leasedBy(lease), eq(operations.status, "running"));

/** Extends the leases of this process. @returns the ids that are still held and running. */
export async function renewLeases(db: Database, owner: string, leaseSeconds: number): Promise<string[]> {
  const rows = await db
    .update(operations)
    .set({ leaseUntil: leaseEnd(leaseSeconds) })
    .where(and(eq(operations.leaseOwner, owner), isNotNull(operations.leaseUntil)))
    .returning({ id: operations.id, status: operations.status });
  return rows.filter((row) => row.status === "running").map((row) => row.id);
}

/** Releases every lease of an owner that is known to have ended. */
export async function dropLeases(db: Database, owner: string): Promise<void> {
  await db
    .update(operations)
    .set({ leaseUntil: null, leaseOwner: null })
    .where(and(eq(operations.leaseOwner, owner), isNotNull(operations.leaseUntil)));
}

export async function saveSteps(db: Database, lease: Lease, steps: OperationStep[]): Promise<boolean> {
  const rows = await db.update(operations).set({ steps }).where(heldBy(lease)).returning({ id: operations.id });
  return rows.length > 0;
}

export async function finishOperation(
  db: Database,
  lease: Lease,
  end: { status: "succeeded" | "failed" | "superseded"; steps: OperationStep[]; error: StatusReason | null },
): Promise<boolean> {
  const rows = await db
    .update(operations)
    .set({ ...end, finishedAt: sql`now()`, leaseUntil: null, leaseOwner: null })
    .where(heldBy(lease))
    .returning({ id: operations.id });
  return rows.length > 0;
}

/** Queues the operation again, to be retried after `delaySeconds`. */
export async function retryOperation(
  db: Database,
  lease: Lease,
  next: { delaySeconds: number; steps: OperationStep[]; error: StatusReason },
): Promise<boolean> {
  const rows = await db
    .update(operations)
    .set({
      status: "queued",
      runAt: leaseEnd(next.delaySeconds),
      steps: next.steps,
      error: next.error,
      leaseUntil: null,
      leaseOwner: null,
    })
    .where(heldBy(lease))
    .returning({ id: operations.id });
  return rows.length > 0;
}

/** Makes the operations due that wait for a backend, because it responds again. */
export async function hastenOperations(db: Database, backend: BackendKind): Promise<void> {
  const isWaiting = sql`${operations.error}->>'code' = 'backend_unavailable' and ${operations.runAt} > now()`;
  const rows = await db
    .update(operations)
    .set({ runAt: sql`now()` })
    .where(and(eq(operations.status, "queued"), isWaiting, concerns({ kinds: [backend], included: true })))
    .returning({ id: operations.id });
  if (rows.length > 0) await db.execute(sql`select pg_notify('berth_operations', '')`);
}

/** Releases an operation without a result: it was superseded, or the process is ending. */
export async function releaseLease(db: Database, lease: Lease): Promise<void> {
  await db
    .update(operations)
    .set({
      leaseUntil: null,
      leaseOwner: null,
      status: sql`case when ${operations.status} = 'running' then 'queued' else ${operations.status} end`,
    })
    .where(leasedBy(lease));
  await db.execute(sql`select pg_notify('berth_operations', '')`);
}

export const findOperation = async (db: Database, orgId: string, id: string): Promise<OperationRow | undefined> =>
  (
    await db
      .select()
      .from(operations)
      .where(and(eq(operations.orgId, orgId), eq(operations.id, id)))
  )[0];

/** The newest operation of a kind on a workspace, in any status. */
export const findLastOperation = async (
  db: Database,
  workspaceId: string,
  kind: OperationRow["kind"],
): Promise<OperationRow | undefined> =>
  (
    await db
      .select()
      .from(operations)
      .where(and(eq(operations.workspaceId, workspaceId), eq(operations.kind, kind)))
      .orderBy(...newestFirst(operations))
      .limit(1)
  )[0];

export interface OperationFilter {
  orgId: string;
  workspaceId?: string | undefined;
  status?: OperationRow["status"] | undefined;
  before?: { createdAt: Date; id: string } | undefined;
  limit: number;
}

export const listOperations = (db: Database, filter: OperationFilter): Promise<OperationRow[]> =>
  db
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.orgId, filter.orgId),
        filter.workspaceId ? eq(operations.workspaceId, filter.workspaceId) : undefined,
        filter.status ? eq(operations.status, filter.status) : undefined,
        olderThan(operations, filter.before),
      ),
    )
    .orderBy(...newestFirst(operations))
    .limit(filter.limit);

/**
 * Durations of the newest succeeded operations on a backend, newest first. Joins only the newest `newestMax` of the org
 * with their backend, because a rarely used backend would otherwise cost a scan of all operations.
 */
export async function listDurations(
  db: Database,
  { orgId, backend, newestMax }: { orgId: string; backend: BackendKind; newestMax: number },
): Promise<{ workspaceId: string; kind: OperationKind; seconds: number }[]> {
  const newest = db
    .select()
    .from(operations)
    .where(and(eq(operations.orgId, orgId), eq(operations.status, "succeeded")))
    .orderBy(...newestFirst(operations))
    .limit(newestMax)
    .as("newest");
  const rows = await db
    .select({
      workspaceId: workspaces.id,
      kind: newest.kind,
      seconds: sql<string>`extract(epoch from ${newest.finishedAt} - ${newest.startedAt})`,
    })
    .from(newest)
    .innerJoin(workspaces, eq(workspaces.id, newest.workspaceId))
    .where(and(eq(workspaces.backend, backend), isNotNull(newest.startedAt)))
    .orderBy(desc(newest.createdAt));
  return rows.map((row) => ({ ...row, seconds: Number(row.seconds) }));
}

/** Number of automatic replacements of a workspace's instance in the last `withinSeconds`. This limits crash loops. */
export async function countRecoveries(db: Database, workspaceId: string, withinSeconds: number): Promise<number> {
  return db.$count(
    operations,
    and(
      eq(operations.workspaceId, workspaceId),
      eq(operations.kind, "recover"),
      sql`${operations.createdAt} between now() - make_interval(secs => ${withinSeconds}) and now()`,
    ),
  );
}

/** The steps of each open operation, by workspace, for the map. */
export async function openStepByWorkspace(db: Database, orgId: string): Promise<Map<string, OperationStep[]>> {
  const rows = await db
    .select({ workspaceId: operations.workspaceId, steps: operations.steps })
    .from(operations)
    .where(and(eq(operations.orgId, orgId), isOpen, isNotNull(operations.workspaceId)));
  return new Map(rows.map((row) => [row.workspaceId ?? "", row.steps]));
}
