import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";

/** Whether Postgres still serves a connection of that name: one that broke goes on until its statement is over. */
export async function isConnected(db: Database, applicationName: string): Promise<boolean> {
  const { rows } = await db.execute(sql`select 1 from pg_stat_activity where application_name = ${applicationName}`);
  return rows.length > 0;
}
