import { BACKEND_KINDS, type BackendKind, VOLUME_STATES, type VolumeState } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, index, pgTable } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";
import { eraseOrders } from "./erase-orders.ts";

/** A data volume outlives its instances and its workspace. No foreign key deletes a row, and no code does. */
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
    /**
     * Set once the backend has created it. From then on, an absent volume means missing data, and is never silently
     * created again.
     */
    madeAt: instant(),
    /** The incarnation whose files are copied to this volume before its first use (`ephemeral` became `persist`). */
    fillFrom: t.uuid(),
    retainedUntil: instant(),
    /** The workspace generation of the last start on the volume. Also in the manifest next to the data. */
    generation: t.integer().notNull().default(0),
    /** Why its deadline is on hold until a person decides; null while the deadline counts. */
    heldBecause: t.text(),
    /** Set while the backend does not have it, confirmed by several checks. */
    missingSince: instant(),
    /** The missing parts; null: the whole volume. */
    missingParts: t.jsonb().$type<string[]>(),
    /** Set when an erased volume exists again, until a person decides. */
    returnedAt: instant(),
    createdAt: instant().notNull().defaultNow(),
    receiptId: t.uuid().references(() => eraseOrders.id),
  }),
  (t) => [
    check("volumes_state_known", oneOf(t.state, VOLUME_STATES)),
    check("volumes_backend_known", oneOf(t.backend, BACKEND_KINDS)),
    // Erased exactly when there is a receipt: no premature claim, and no receipt for existing data.
    check("volumes_erased_with_receipt", sql`(${t.state} = 'erased') = (${t.receiptId} is not null)`),
    check("volumes_returned", sql`${t.returnedAt} is null or ${t.state} in ('quarantined', 'erasing')`),
    check("volumes_clock", sql`${t.retainedUntil} is null or ${t.state} <> 'attached'`),
    index("volumes_by_state").on(t.orgId, t.state),
    index("volumes_by_workspace").on(t.workspaceId),
  ],
);
