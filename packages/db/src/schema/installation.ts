import { sql } from "drizzle-orm";
import { check, pgTable } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

export interface LocalStore {
  id: string;
  path: string;
  host: string;
}

/**
 * One row: the identity of this installation. Everything that it creates is labelled with its id, so that sweeps
 * affect nothing else.
 */
export const installation = pgTable(
  "installation",
  (t) => ({
    only: t.boolean().primaryKey().default(true),
    id: t.uuid().notNull().defaultRandom(),
    orgId: t.uuid().notNull().defaultRandom(),
    /** Tunnel tokens are derived from it, so a retried start gets the same token and none is stored. */
    tunnelSecret: t.text().notNull(),
    /** The data directory with the instances and volumes of local workspaces. Null until a process registers one. */
    localStore: t.jsonb().$type<LocalStore>(),
    /** Retention has deleted every event up to this sequence. */
    eventsTrimmedTo: t.bigint({ mode: "number" }).notNull().default(0),
    createdAt: instant().notNull().defaultNow(),
  }),
  ({ only }) => [check("installation_only_one", sql`${only}`)],
);
