import { TERMINAL_END_REASONS } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, index, pgTable } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

/**
 * One row per terminal, kept for a while after its end, so that each end is recorded once and the exit code outlives
 * the instance.
 */
export const terminals = pgTable(
  "terminals",
  (t) => ({
    /** Assigned by the daemon. */
    id: t.uuid().primaryKey(),
    orgId: t.uuid().notNull(),
    workspaceId: t.uuid().notNull(),
    incarnationId: t.uuid().notNull(),
    shell: t.text().notNull(),
    columns: t.integer().notNull(),
    rows: t.integer().notNull(),
    createdAt: instant().notNull().defaultNow(),
    /** The caller who is closing it, set before the daemon closes it. */
    closedBy: t.text(),
    endedAt: instant(),
    endReason: t.text({ enum: TERMINAL_END_REASONS }),
    exitCode: t.integer(),
  }),
  (t) => [
    check("terminals_end_reason_known", oneOf(t.endReason, TERMINAL_END_REASONS)),
    check("terminals_ended", sql`(${t.endedAt} is null) = (${t.endReason} is null)`),
    index("terminals_of_workspace").on(t.workspaceId, t.createdAt),
    index("terminals_running").on(t.incarnationId).where(sql`${t.endedAt} is null`),
    index("terminals_oldest_ended").on(t.endedAt).where(sql`${t.endedAt} is not null`),
  ],
);
