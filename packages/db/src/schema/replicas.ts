import type { BackendKind } from "@berth/domain";
import { pgTable } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * One row per API process, by the id that its data directory keeps. `beats` rises while the process lives: other processes
 * watch it by their own monotonic clocks, so that no two wall clocks are compared.
 */
export const replicas = pgTable("replicas", (t) => ({
  id: t.uuid().primaryKey(),
  /** Where other replicas reach it; null until it serves. */
  url: t.text(),
  backends: t.text().array().$type<BackendKind[]>().notNull(),
  dataDirectory: t.text().notNull(),
  /** The folder of its unix socket, which is mounted into containers. */
  tunnelFolder: t.text().notNull(),
  beats: t.integer().notNull().default(0),
  seenAt: instant().notNull().defaultNow(),
}));
