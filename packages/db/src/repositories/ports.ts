import { and, eq, gt, inArray, isNull, not, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { portShares, previewSessions, sessions, tokens } from "../schema/index.ts";

export type PortShareRow = typeof portShares.$inferSelect;
export type PreviewSessionRow = typeof previewSessions.$inferSelect;

const inFuture = (seconds: number) => sql`now() + make_interval(secs => ${seconds})` as never;
/** A row from the far future was written before the clock was set back. */
const isCredible = (createdAt: typeof portShares.createdAt | typeof previewSessions.createdAt): SQL =>
  sql`${createdAt} <= now() + interval '1 day'`;

const isLiveShare = and(
  isNull(portShares.revokedAt),
  gt(portShares.expiresAt, sql`now()`),
  isCredible(portShares.createdAt),
) as SQL;

const isLivePreview = and(
  gt(previewSessions.expiresAt, sql`now()`),
  isCredible(previewSessions.createdAt),
  or(
    isNull(previewSessions.tokenId),
    sql`exists (select from ${tokens} where ${tokens.id} = ${previewSessions.tokenId} and ${tokens.revokedAt} is null)`,
  ),
  or(
    isNull(previewSessions.sessionHash),
    sql`exists (select from ${sessions} where ${sessions.hash} = ${previewSessions.sessionHash} and ${sessions.expiresAt} > now())`,
  ),
) as SQL;

export async function insertPortShare(
  db: Database,
  { seconds, ...row }: Omit<typeof portShares.$inferInsert, "expiresAt"> & { seconds: number },
): Promise<PortShareRow> {
  const [stored] = await db
    .insert(portShares)
    .values({ ...row, expiresAt: inFuture(seconds) })
    .returning();
  if (!stored) throw new Error("The share was not stored.");
  return stored;
}

/** By port, oldest first. */
export const listLiveShares = (db: Database, workspaceId: string): Promise<PortShareRow[]> =>
  db
    .select()
    .from(portShares)
    .where(and(eq(portShares.workspaceId, workspaceId), isLiveShare))
    .orderBy(portShares.port, portShares.createdAt);

export const findLiveShare = async (db: Database, secretHash: string): Promise<PortShareRow | undefined> =>
  (
    await db
      .select()
      .from(portShares)
      .where(and(eq(portShares.secretHash, secretHash), isLiveShare))
  )[0];

export const findPortShare = async (db: Database, orgId: string, id: string): Promise<PortShareRow | undefined> =>
  (
    await db
      .select()
      .from(portShares)
      .where(and(eq(portShares.id, id), eq(portShares.orgId, orgId)))
  )[0];

/** @returns whether it was live until now */
export async function revokePortShare(db: Database, id: string): Promise<boolean> {
  const rows = await db
    .update(portShares)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(portShares.id, id), isNull(portShares.revokedAt)))
    .returning({ id: portShares.id });
  return rows.length > 0;
}

export async function insertPreviewCode(
  db: Database,
  { seconds, ...row }: Omit<typeof previewSessions.$inferInsert, "expiresAt"> & { seconds: number },
): Promise<void> {
  await db.insert(previewSessions).values({ ...row, expiresAt: inFuture(seconds) });
}

export interface PreviewPlace {
  workspaceId: string;
  port: number;
}

const at = ({ workspaceId, port }: PreviewPlace) =>
  and(eq(previewSessions.workspaceId, workspaceId), eq(previewSessions.port, port));

/** Turns a code into a session. @returns false when it is unknown, used, expired or for another preview. */
export async function redeemPreviewCode(
  db: Database,
  place: PreviewPlace,
  { codeHash, cookieHash, seconds }: { codeHash: string; cookieHash: string; seconds: number },
): Promise<boolean> {
  const rows = await db
    .update(previewSessions)
    .set({ cookieHash, expiresAt: inFuture(seconds) })
    .where(and(eq(previewSessions.codeHash, codeHash), at(place), isNull(previewSessions.cookieHash), isLivePreview))
    .returning({ id: previewSessions.id });
  return rows.length > 0;
}

export const findPreviewSession = async (
  db: Database,
  place: PreviewPlace,
  cookieHash: string,
): Promise<PreviewSessionRow | undefined> =>
  (
    await db
      .select()
      .from(previewSessions)
      .where(and(eq(previewSessions.cookieHash, cookieHash), at(place), isLivePreview))
  )[0];

export interface PortAccessIds {
  shares: string[];
  previews: string[];
  tokens: string[];
}

/** Which of these still give access. */
export async function liveAccess(db: Database, ids: PortAccessIds): Promise<Set<string>> {
  const found = await Promise.all([
    ids.shares.length === 0
      ? []
      : db
          .select({ id: portShares.id })
          .from(portShares)
          .where(and(inArray(portShares.id, ids.shares), isLiveShare)),
    ids.previews.length === 0
      ? []
      : db
          .select({ id: previewSessions.id })
          .from(previewSessions)
          .where(and(inArray(previewSessions.id, ids.previews), isLivePreview)),
    ids.tokens.length === 0
      ? []
      : db
          .select({ id: tokens.id })
          .from(tokens)
          .where(and(inArray(tokens.id, ids.tokens), isNull(tokens.revokedAt))),
  ]);
  return new Set(found.flat().map(({ id }) => id));
}

/** Deletes what no longer gives access. */
export async function sweepPortAccess(db: Database): Promise<void> {
  await db.delete(portShares).where(not(isLiveShare));
  await db.delete(previewSessions).where(not(isLivePreview));
}
