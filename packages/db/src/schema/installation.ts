import { sql } from "drizzle-orm";
import { check, pgTable } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

export interface LocalStore {
  id: string;
  path: string;
  host: string;
}

/** One row: who this installation is. Its id is stamped on everything it makes, so that sweeps touch only what is ours. */
export const installation = pgTable(
  "installation",
  (t) => ({
    only: t.boolean().primaryKey().default(true),
    id: t.uuid().notNull().defaultRandom(),
    orgId: t.uuid().notNull().defaultRandom(),
    /** Tunnel tokens are derived from it, so a retried start hands out the same one and none is stored. */
    tunnelSecret: t.text().notNull(),
    /** The data directory that holds the machines and volumes of local workspaces. Null until a process offers one. */
    localStore: t.jsonb().$type<LocalStore>(),
    /** Every event up to this sequence was removed by retention. */
    eventsTrimmedTo: t.bigint({ mode: "number" }).notNull().default(0),
    createdAt: instant().notNull().defaultNow(),
  }),
  ({ only }) => [check("installation_only_one", sql`${only}`)],
);
