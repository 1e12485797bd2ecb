import { type BackendKind, OPEN_OPERATION_STATUSES, type Problem } from "@berth/domain";
import { and, eq, exists, inArray, isNotNull, isNull, lt, not, or, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { incarnations, operations, volumes, workspaces } from "../schema/index.ts";
import { type Claimer, isServedByOthers } from "./replicas.ts";

export type IncarnationRow = typeof incarnations.$inferSelect;
export const findIncarnation = async (db: Database, id: string): Promise<IncarnationRow | undefined> =>
  (await db.select().from(incarnations).where(eq(incarnations.id, id)))[0];

/** Records the settings of an instance. Written before the backend creates it. */
export async function describeIncarnation(
  db: Database,
  id: string,
  facts: { volumeId: string | null; fingerprint: string },
): Promise<IncarnationRow> {
  return stored(await db.update(incarnations).set(facts).where(eq(incarnations.id, id)).returning());
}

/**
 * Call it before this generation's operation starts an existing instance again. It invalidates the token and the
 * tunnel of the previous start. Idempotent per operation.
 */
export async function renewStart(db: Database, id: string, generation: number): Promise<IncarnationRow> {
  const rows = await db
    .update(incarnations)
    .set({
      startGeneration: sql`case when ${incarnations.startGeneration} is null then null else ${generation}::int end`,
      tunnelReplicaId: null,
    })
    .where(eq(incarnations.id, id))
    .returning();
  return stored(rows);
}

function stored([row]: IncarnationRow[]): IncarnationRow {
  if (!row) throw new Error("The incarnation is not stored.");
  return row;
}

/** Incarnations of a workspace whose instance may still exist. */
export const liveIncarnations = (db: Database, workspaceId: string): Promise<IncarnationRow[]> =>
  db
    .select()
    .from(incarnations)
    .where(
      and(
        eq(incarnations.workspaceId, workspaceId),
        eq(incarnations.purpose, "workspace"),
        isNull(incarnations.endedAt),
      ),
    );

export async function endIncarnation(db: Database, id: string): Promise<void> {
  await db
    .update(incarnations)
    .set({ endedAt: sql`now()` })
    .where(and(eq(incarnations.id, id), isNull(incarnations.endedAt)));
}

/** Stores the agent output of a failed start, so that it can be read after its instance has stopped. */
export async function keepAgentLog(db: Database, id: string, agentLog: string): Promise<void> {
  // Postgres text cannot contain NUL.
  await db
    .update(incarnations)
    .set({ agentLog: agentLog.replaceAll("\0", "\ufffd") })
    .where(eq(incarnations.id, id));
}

export const findIncarnations = (db: Database, ids: readonly string[]): Promise<IncarnationRow[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .select()
        .from(incarnations)
        .where(inArray(incarnations.id, [...ids]));

/**
 * Among `ids`: incarnations that have ended, and stale ones.
 *
 * A live incarnation is not stale if it is for browsing (the browse loop owns it), if its workspace has an open
 * operation (which decides about it), or if a volume has yet to be filled from it (it has the only copy).
 */
export function staleIncarnations(db: Database, ids: readonly string[]): Promise<IncarnationRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  const isReferenced = exists(db.select().from(workspaces).where(eq(workspaces.incarnationId, incarnations.id)));
  const hasOpenOperation = exists(
    db
      .select()
      .from(operations)
      .where(
        and(
          eq(operations.workspaceId, incarnations.workspaceId),
          inArray(operations.status, [...OPEN_OPERATION_STATUSES]),
        ),
      ),
  );
  const isCopiedFrom = exists(
    db
      .select()
      .from(volumes)
      .where(and(eq(volumes.fillFrom, incarnations.id), inArray(volumes.state, ["attached", "retained"]))),
  );
  const isStale = and(
    eq(incarnations.purpose, "workspace"),
    not(isReferenced),
    not(hasOpenOperation),
    not(isCopiedFrom),
  );
  return db
    .select()
    .from(incarnations)
    .where(and(inArray(incarnations.id, [...ids]), or(isNotNull(incarnations.endedAt), isStale)));
}

/**
 * The longest time for which a browse instance can be requested. A later `wantedUntil` was written before the clock was
 * set back.
 */
export const BROWSE_REQUEST_SECONDS_MAX = 3600;
const isRequested = sql`${incarnations.wantedUntil} between now() and now() + make_interval(secs => ${BROWSE_REQUEST_SECONDS_MAX})`;

/**
 * Extends the live browse instance of a volume to `requestedSeconds` from now, or inserts one. Concurrent callers share
 * it.
 */
export async function requestBrowse(
  db: Database,
  request: { workspaceId: string; volumeId: string; backend: BackendKind; requestedSeconds: number },
): Promise<IncarnationRow> {
  const wantedUntil = sql`now() + make_interval(secs => ${request.requestedSeconds})`;
  const [row] = await db
    .insert(incarnations)
    .values({
      workspaceId: request.workspaceId,
      volumeId: request.volumeId,
      backend: request.backend,
      purpose: "browse",
      generation: 0,
      wantedUntil: wantedUntil as never,
    })
    .onConflictDoUpdate({
      target: incarnations.volumeId,
      targetWhere: sql`${incarnations.purpose} = 'browse' and ${incarnations.endedAt} is null`,
      set: {
        wantedUntil: sql`case when ${isRequested} then greatest(${incarnations.wantedUntil}, ${wantedUntil}) else ${wantedUntil} end`,
      },
    })
    .returning();
  if (!row) throw new Error("The browse instance was not stored.");
  await db.execute(sql`select pg_notify('berth_browse', '')`);
  return row;
}

/** Queues a browse instance that no longer responds to be created again. Creating is idempotent if it still exists. */
export async function recreateBrowse(db: Database, id: string): Promise<void> {
  await db
    .update(incarnations)
    .set({ lastSeenAt: null })
    .where(and(eq(incarnations.id, id), isNull(incarnations.endedAt)));
  await db.execute(sql`select pg_notify('berth_browse', '')`);
}

/** Claims the browse instances to create (never seen) or to remove (no longer wanted). */
export const claimBrowse = (
  db: Database,
  { leaseSeconds, claimer }: { leaseSeconds: number; claimer: Claimer },
): Promise<IncarnationRow[]> =>
  db
    .update(incarnations)
    .set({ claimedUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(
      and(
        eq(incarnations.purpose, "browse"),
        not(isServedByOthers(claimer, incarnations.backend)),
        isNull(incarnations.endedAt),
        or(
          isNull(incarnations.claimedUntil),
          // A claim with a longer remaining time than any claim has was written before the clock was set back.
          sql`${incarnations.claimedUntil} not between now() and now() + make_interval(secs => ${leaseSeconds * 2})`,
        ),
        or(isNull(incarnations.lastSeenAt), not(isRequested)),
      ),
    )
    .returning();

/** Ends a removed browse instance. @returns false when it was requested again, and therefore not ended. */
export async function endBrowse(db: Database, id: string): Promise<boolean> {
  const [left] = await db
    .update(incarnations)
    .set({ endedAt: sql`case when ${isRequested} then null else now() end` })
    .where(and(eq(incarnations.id, id), isNull(incarnations.endedAt)))
    .returning({ endedAt: incarnations.endedAt });
  return left === undefined || left.endedAt !== null;
}

/** Releases the claim on a browse instance. `seen` means that its daemon has connected. */
export async function releaseBrowse(db: Database, id: string, seen: boolean): Promise<void> {
  await db
    .update(incarnations)
    .set({ claimedUntil: null, ...(seen ? { lastSeenAt: sql`now()` } : {}) })
    .where(eq(incarnations.id, id));
}

/** Postgres limits a notification to less than 8,000 bytes. */
const NOTIFIED_MESSAGE_MAX = 1_500;

export interface BrowseFailure {
  volumeId: string;
  problem: Problem;
}

/** Notifies the waiters for the files of this volume, in any process, that this attempt has failed. */
export async function announceBrowseFailure(db: Database, { volumeId, problem }: BrowseFailure): Promise<void> {
  const message = problem.message.slice(0, NOTIFIED_MESSAGE_MAX);
  const failure: BrowseFailure = { volumeId, problem: { ...problem, message } };
  await db.execute(sql`select pg_notify('berth_browse_failed', ${JSON.stringify(failure)})`);
}

/** @returns null for the empty payload that follows a reconnect. */
export const readBrowseFailure = (payload: string): BrowseFailure | null =>
  payload === "" ? null : (JSON.parse(payload) as BrowseFailure);

/** Makes a volume's browse instances due for removal. */
export async function withdrawBrowse(db: Database, volumeId: string): Promise<IncarnationRow[]> {
  return db
    .update(incarnations)
    .set({ wantedUntil: sql`now() - interval '1 second'` })
    .where(and(eq(incarnations.volumeId, volumeId), eq(incarnations.purpose, "browse"), isNull(incarnations.endedAt)))
    .returning();
}

/**
 * Stores the key of an instance. Idempotent for the same key.
 *
 * @returns false when another instance of this attempt, or the instance of a later attempt, enrolled first.
 */
export async function enrolInstance(
  db: Database,
  { incarnationId, attempt, keyHash }: { incarnationId: string; attempt: number; keyHash: string },
): Promise<boolean> {
  const mayEnrol = or(
    isNull(incarnations.enrolledAttempt),
    lt(incarnations.enrolledAttempt, attempt),
    and(eq(incarnations.enrolledAttempt, attempt), eq(incarnations.machineKeyHash, keyHash)),
  );
  const enrolled = await db
    .update(incarnations)
    .set({ machineKeyHash: keyHash, enrolledAttempt: attempt })
    .where(and(eq(incarnations.id, incarnationId), mayEnrol))
    .returning({ id: incarnations.id });
  return enrolled.length === 1;
}

export interface BootStep {
  incarnationId: string;
  message: string;
}

/** Reports the boot progress of an instance to the waiters in any process. */
export async function announceBootStep(db: Database, step: BootStep): Promise<void> {
  await db.execute(sql`select pg_notify('berth_boot', ${JSON.stringify(step)})`);
}

/** @returns null for the empty payload that follows a reconnect. */
export const readBootStep = (payload: string): BootStep | null =>
  payload === "" ? null : (JSON.parse(payload) as BootStep);
