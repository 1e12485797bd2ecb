import type { Viewport } from "@berth/domain";
import { and, desc, eq, isNull, not, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { idempotencyKeys, sessions, signInCodes, tokens, viewports } from "../schema/index.ts";

export type TokenRow = typeof tokens.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;

const inFuture = (seconds: number) => sql`now() + make_interval(secs => ${seconds})` as never;

export async function insertToken(db: Database, row: typeof tokens.$inferInsert): Promise<TokenRow> {
  const [stored] = await db.insert(tokens).values(row).returning();
  if (!stored) throw new Error("The token was not stored.");
  return stored;
}

export const findLiveToken = async (db: Database, hash: string): Promise<TokenRow | undefined> =>
  (
    await db
      .select()
      .from(tokens)
      .where(and(eq(tokens.hash, hash), isNull(tokens.revokedAt)))
  )[0];

export const findLiveTokenById = async (db: Database, id: string): Promise<TokenRow | undefined> =>
  (
    await db
      .select()
      .from(tokens)
      .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)))
  )[0];

/** Includes revoked tokens. */
export const findOwnedToken = async (db: Database, orgId: string, id: string): Promise<TokenRow | undefined> =>
  (
    await db
      .select()
      .from(tokens)
      .where(and(eq(tokens.orgId, orgId), eq(tokens.id, id)))
  )[0];

/** Writes at most once a minute per token, however many requests it makes. */
export async function touchToken(db: Database, id: string): Promise<void> {
  const stale = or(
    isNull(tokens.lastUsedAt),
    sql`${tokens.lastUsedAt} not between now() - interval '1 minute' and now()`,
  );
  await db
    .update(tokens)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(tokens.id, id), stale));
}

export const listTokens = (db: Database, orgId: string, workspaceId?: string): Promise<TokenRow[]> =>
  db
    .select()
    .from(tokens)
    .where(and(eq(tokens.orgId, orgId), workspaceId ? eq(tokens.workspaceId, workspaceId) : undefined))
    .orderBy(desc(tokens.createdAt));

export async function revokeToken(db: Database, orgId: string, id: string): Promise<TokenRow | undefined> {
  const [row] = await db
    .update(tokens)
    .set({ revokedAt: sql`coalesce(${tokens.revokedAt}, now())` })
    .where(and(eq(tokens.orgId, orgId), eq(tokens.id, id)))
    .returning();
  return row;
}

export async function revokeWorkspaceTokens(db: Database, workspaceId: string): Promise<void> {
  await db
    .update(tokens)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(tokens.workspaceId, workspaceId), isNull(tokens.revokedAt)));
}

/**
 * Limits how far in the future `createdAt` may be. A row beyond that was written before the clock was set back, and
 * would stay valid for too long.
 */
const isCredible = (createdAt: typeof sessions.createdAt | typeof signInCodes.createdAt, seconds: number): SQL =>
  sql`${createdAt} <= now() + make_interval(secs => ${seconds})`;
const SESSION_SET_BACK_SECONDS_MAX = 86_400;
const CODE_SET_BACK_SECONDS_MAX = 600;
const isLiveSession = sql`(${sessions.expiresAt} > now() and ${isCredible(sessions.createdAt, SESSION_SET_BACK_SECONDS_MAX)})`;
const isLiveCode = sql`(${signInCodes.expiresAt} > now() and ${isCredible(signInCodes.createdAt, CODE_SET_BACK_SECONDS_MAX)})`;

export async function insertSession(
  db: Database,
  session: { hash: string; orgId: string; tokenId: string | null; seconds: number },
): Promise<void> {
  const { seconds, ...row } = session;
  await db.insert(sessions).values({ ...row, expiresAt: inFuture(seconds) });
}

export const findSession = async (db: Database, hash: string): Promise<SessionRow | undefined> =>
  (
    await db
      .select()
      .from(sessions)
      .where(and(eq(sessions.hash, hash), isLiveSession))
  )[0];

export async function deleteSession(db: Database, hash: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.hash, hash));
}

export async function insertSignInCode(db: Database, hash: string, seconds: number): Promise<void> {
  await db.insert(signInCodes).values({ hash, expiresAt: inFuture(seconds) });
}

/** Uses the code. @returns false when it is unknown, used or expired. */
export async function redeemSignInCode(db: Database, hash: string): Promise<boolean> {
  const rows = await db
    .update(signInCodes)
    .set({ usedAt: sql`now()` })
    .where(and(eq(signInCodes.hash, hash), isNull(signInCodes.usedAt), isLiveCode))
    .returning({ hash: signInCodes.hash });
  return rows.length > 0;
}

export type IdempotencyId = Pick<IdempotencyRow, "orgId" | "actorId" | "key">;
const named = (id: IdempotencyId) =>
  and(eq(idempotencyKeys.orgId, id.orgId), eq(idempotencyKeys.actorId, id.actorId), eq(idempotencyKeys.key, id.key));

/** A key as claimed by one request. The time distinguishes this request from a retry that took over the key. */
export interface KeyClaim extends IdempotencyId {
  claimedAt: Date;
}

const claimedBy = ({ claimedAt, ...id }: KeyClaim) => and(named(id), eq(idempotencyKeys.createdAt, claimedAt));

/**
 * Claims a key for a first request, or returns its stored response.
 *
 * If the first request died without a response, a retry takes over its key after `leaseSeconds`. A key older than
 * `keepHours` is free.
 */
export async function claimIdempotencyKey(
  db: Database,
  request: IdempotencyId & {
    action: string;
    bodyHash: string;
    leaseOwner: string;
    leaseSeconds: number;
    keepHours: number;
  },
): Promise<{ taken: true; claim: KeyClaim } | { taken: false; stored: IdempotencyRow }> {
  const { leaseSeconds, keepHours, ...row } = request;
  const rows = await db
    .insert(idempotencyKeys)
    .values({ ...row, leaseUntil: inFuture(leaseSeconds) })
    .onConflictDoUpdate({
      target: [idempotencyKeys.orgId, idempotencyKeys.actorId, idempotencyKeys.key],
      set: {
        action: row.action,
        bodyHash: row.bodyHash,
        response: null,
        createdAt: sql`now()`,
        leaseOwner: row.leaseOwner,
        leaseUntil: inFuture(leaseSeconds),
      },
      setWhere: sql`${idempotencyKeys.createdAt} < now() - make_interval(hours => ${keepHours})
        or (${idempotencyKeys.response} is null and ${idempotencyKeys.leaseUntil} not between now() and ${inFuture(leaseSeconds * 2)} and ${idempotencyKeys.bodyHash} = ${row.bodyHash})`,
    })
    .returning({ claimedAt: idempotencyKeys.createdAt });
  const { orgId, actorId, key } = request;
  if (rows[0]) return { taken: true, claim: { orgId, actorId, key, claimedAt: rows[0].claimedAt } };
  const [stored] = await db.select().from(idempotencyKeys).where(named(request));
  return stored ? { taken: false, stored } : claimIdempotencyKey(db, request);
}

/** Does nothing when a retry has taken over the key. */
export async function storeResponse(
  db: Database,
  claim: KeyClaim,
  response: IdempotencyRow["response"],
): Promise<void> {
  await db.update(idempotencyKeys).set({ response }).where(claimedBy(claim));
}

/** Does nothing when a retry has taken over the key. */
export async function deleteIdempotencyKey(db: Database, claim: KeyClaim): Promise<void> {
  await db.delete(idempotencyKeys).where(claimedBy(claim));
}

/** Ends the idempotency leases of a process that is known to have ended. */
export async function endKeyLeases(db: Database, leaseOwner: string): Promise<void> {
  await db
    .update(idempotencyKeys)
    .set({ leaseUntil: sql`to_timestamp(0)` })
    .where(and(eq(idempotencyKeys.leaseOwner, leaseOwner), isNull(idempotencyKeys.response)));
}

/** Deletes expired rows, and rows dated so far in the future that they were written before the clock was set back. */
export async function sweepAccess(db: Database, keepHours: number): Promise<void> {
  const kept = sql`make_interval(hours => ${keepHours})`;
  await db
    .delete(idempotencyKeys)
    .where(sql`${idempotencyKeys.createdAt} not between now() - ${kept} and now() + ${kept}`);
  await db.delete(sessions).where(not(isLiveSession));
  await db.delete(signInCodes).where(not(isLiveCode));
}

export async function saveViewport(db: Database, actorId: string, viewport: Viewport): Promise<void> {
  await db
    .insert(viewports)
    .values({ actorId, ...viewport })
    .onConflictDoUpdate({ target: viewports.actorId, set: viewport });
}

export async function findViewport(db: Database, actorId: string): Promise<Viewport | undefined> {
  const [row] = await db.select().from(viewports).where(eq(viewports.actorId, actorId));
  return row && { x: row.x, y: row.y, zoom: row.zoom };
}
