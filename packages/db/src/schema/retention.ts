import { sql } from "drizzle-orm";
import { check, pgTable } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** One row: the last time recorded by the retention loop, and why nothing expires at the moment. */
export const retention = pgTable(
  "retention",
  (t) => ({
    only: t.boolean().primaryKey().default(true),
    lastSeenAt: instant().notNull().defaultNow(),
    heldSince: instant(),
    heldBecause: t.text(),
    /** How long Berth has been running during this hold. */
    waitedSeconds: t.doublePrecision().notNull().default(0),
  }),
  (t) => [
    check("retention_only_one", sql`${t.only}`),
    check("retention_held", sql`(${t.heldSince} is null) = (${t.heldBecause} is null)`),
  ],
);
