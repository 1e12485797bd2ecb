import { ERASE_REASONS } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, pgTable, uniqueIndex } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

/** Written before anything is erased. Becomes a receipt once a second check has proved that the data is absent. */
export const eraseOrders = pgTable(
  "erase_orders",
  (t) => ({
    id: t.uuid().primaryKey().defaultRandom(),
    orgId: t.uuid().notNull(),
    volumeId: t.uuid().notNull(),
    backend: t.text().notNull(),
    reason: t.text({ enum: ERASE_REASONS }).notNull(),
    requestedBy: t.text().notNull(),
    /** The typed name; null for an erase at the deadline. */
    confirmedName: t.text(),
    requestedAt: instant().notNull().defaultNow(),
    /** Set before the first byte is removed. From then on the order cannot be withdrawn. */
    begunAt: instant(),
    erasedAt: instant(),
    verifiedAt: instant(),
    verification: t.text(),
    covered: t.jsonb().$type<string[]>(),
    notCovered: t.jsonb().$type<string[]>(),
  }),
  (t) => [
    check("erase_orders_reason_known", oneOf(t.reason, ERASE_REASONS)),
    check("erase_orders_confirmed", sql`${t.confirmedName} is not null or ${t.reason} = 'retention_expired'`),
    check(
      "erase_orders_proved",
      sql`${t.verifiedAt} is null or (${t.erasedAt} is not null and ${t.verification} is not null and ${t.covered} is not null and ${t.notCovered} is not null)`,
    ),
    // One open order per volume. A volume that reappeared after its erase can be ordered again; its earlier receipt
    // stays.
    uniqueIndex("erase_orders_one_open_per_volume").on(t.volumeId).where(sql`${t.verifiedAt} is null`),
  ],
);
