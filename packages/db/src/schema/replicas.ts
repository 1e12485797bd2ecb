import type { BackendKind } from "@berth/domain";
import { pgTable } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * One row per API process; the id is stored in its data directory. `beats` increases while the process is alive.
 * Others watch it with their own monotonic clocks, so that no wall clocks are compared.
 */
export const replicas = pgTable("replicas", (t) => ({
  id: t.uuid().primaryKey(),
  /** The URL at which other replicas reach it; null until it serves, and after it has ended. */
  url: t.text(),
  backends: t.text().array().$type<BackendKind[]>().notNull(),
  dataDirectory: t.text().notNull(),
  /** The folder of its Unix socket, which is mounted into containers. */
  tunnelFolder: t.text().notNull(),
  beats: t.integer().notNull().default(0),
  seenAt: instant().notNull().defaultNow(),
}));
