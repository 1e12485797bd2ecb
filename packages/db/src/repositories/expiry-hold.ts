import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { retention } from "../schema/index.ts";

export type RetentionRow = typeof retention.$inferSelect;

/** The clock that all deadlines are compared with. */
export async function databaseTime(db: Database): Promise<Date> {
  const { rows } = await db.execute<{ now: string }>(sql`select extract(epoch from clock_timestamp()) * 1000 as now`);
  return new Date(Number(rows[0]?.now));
}

export const findRetention = async (db: Database): Promise<RetentionRow | undefined> =>
  (await db.select().from(retention))[0];

/** Locks the row until the transaction ends, so that replicas update it one at a time. */
export async function lockRetention(db: Database, now: Date): Promise<RetentionRow> {
  await db.insert(retention).values({ lastSeenAt: now }).onConflictDoNothing();
  const [row] = await db.select().from(retention).for("update");
  if (!row) throw new Error("The retention row is missing.");
  return row;
}

export async function saveRetention(db: Database, change: Partial<RetentionRow>): Promise<void> {
  await db.update(retention).set(change);
}
