import { BACKEND_KINDS, type BackendKind, VOLUME_STATES, type VolumeState } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, index, pgTable } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";
import { eraseOrders } from "./erase-orders.ts";

/** A data volume outlives its machines and its workspace: no foreign key takes it along, and no row is ever deleted. */
export const volumes = pgTable(
  "volumes",
  (t) => ({
    id: t.uuid().primaryKey().defaultRandom(),
    orgId: t.uuid().notNull(),
    workspaceId: t.uuid(),
    workspaceName: t.text().notNull(),
    backend: t.text().$type<BackendKind>().notNull(),
    state: t.text().$type<VolumeState>().notNull().default("attached"),
    sizeBytes: t.bigint({ mode: "number" }),
    measuredAt: instant(),
    /** Set once the backend made it. From then on an absent volume is missing data, and is never quietly made anew. */
    madeAt: instant(),
    /** The incarnation whose own files go onto this volume before its first use (`ephemeral` became `persist`). */
    fillFrom: t.uuid(),
    retainedUntil: instant(),
    /** Of the workspace at its last start on the volume. The manifest next to the data says the same. */
    generation: t.integer().notNull().default(0),
    /** Why its deadline does not count until somebody decides; null while it counts. */
    heldBecause: t.text(),
    /** Set while the backend, looked at more than once, does not have it. */
    missingSince: instant(),
    /** Which parts of it those are; null: all of it. */
    missingParts: t.jsonb().$type<string[]>(),
    /** Set when it was erased and its backend has it again, until somebody decides anew. */
    returnedAt: instant(),
    createdAt: instant().notNull().defaultNow(),
    receiptId: t.uuid().references(() => eraseOrders.id),
  }),
  (t) => [
    check("volumes_state_known", oneOf(t.state, VOLUME_STATES)),
    check("volumes_backend_known", oneOf(t.backend, BACKEND_KINDS)),
    // Erased exactly when there is a receipt: no early claim, and no receipt for what is still there.
    check("volumes_erased_with_receipt", sql`(${t.state} = 'erased') = (${t.receiptId} is not null)`),
    check("volumes_returned", sql`${t.returnedAt} is null or ${t.state} in ('quarantined', 'erasing')`),
    check("volumes_clock", sql`${t.retainedUntil} is null or ${t.state} <> 'attached'`),
    index("volumes_by_state").on(t.orgId, t.state),
    index("volumes_by_workspace").on(t.workspaceId),
  ],
);
