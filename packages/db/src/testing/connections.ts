import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";

/** Whether Postgres still serves a connection of that name. A broken one stays until its statement ends. */
export async function isConnected(db: Database, applicationName: string): Promise<boolean> {
  const { rows } = await db.execute(sql`select 1 from pg_stat_activity where application_name = ${applicationName}`);
  return rows.length > 0;
}
