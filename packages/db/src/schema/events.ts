import { EVENT_TYPES, type NewEvent } from "@berth/domain";
import { index, pgTable } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Append-only. Sequence order is commit order, because appends hold a transaction-level advisory lock. */
export const events = pgTable(
  "events",
  (t) => ({
    sequence: t.bigserial({ mode: "number" }).primaryKey(),
    orgId: t.uuid().notNull(),
    type: t.text({ enum: EVENT_TYPES }).notNull(),
    workspaceId: t.uuid(),
    at: instant().notNull().defaultNow(),
    data: t.jsonb().$type<NewEvent["data"]>().notNull(),
  }),
  (t) => [
    index("events_of_workspace").on(t.workspaceId, t.sequence),
    index("events_by_type").on(t.orgId, t.type, t.sequence),
  ],
);
