import { OPERATION_KINDS, OPERATION_STATUSES, type OperationStep, type StatusReason } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, index, pgTable, uniqueIndex } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

/** The durable record of one request and its steps. Claimed with a lease; at most one open per workspace or volume. */
export const operations = pgTable(
  "operations",
  (t) => ({
    id: t.uuid().primaryKey().defaultRandom(),
    orgId: t.uuid().notNull(),
    workspaceId: t.uuid(),
    volumeId: t.uuid(),
    kind: t.text({ enum: OPERATION_KINDS }).notNull(),
    status: t.text({ enum: OPERATION_STATUSES }).notNull().default("queued"),
    /** The workspace generation it was created for. When the current one differs, the operation is obsolete. */
    generation: t.integer().notNull().default(0),
    steps: t.jsonb().$type<OperationStep[]>().notNull().default([]),
    error: t.jsonb().$type<StatusReason>(),
    requestedBy: t.text().notNull(),
    attempt: t.integer().notNull().default(0),
    runAt: instant().notNull().defaultNow(),
    leaseUntil: instant(),
    leaseOwner: t.uuid(),
    startedAt: instant(),
    createdAt: instant().notNull().defaultNow(),
    finishedAt: instant(),
  }),
  (t) => [
    check("operations_kind_known", oneOf(t.kind, OPERATION_KINDS)),
    check("operations_status_known", oneOf(t.status, OPERATION_STATUSES)),
    check("operations_subject", sql`(${t.kind} = 'erase') = (${t.workspaceId} is null)`),
    check("operations_finished", sql`(${t.status} in ('queued', 'running')) = (${t.finishedAt} is null)`),
    uniqueIndex("operations_one_open_per_workspace").on(t.workspaceId).where(sql`${t.status} in ('queued', 'running')`),
    uniqueIndex("operations_one_open_per_volume").on(t.volumeId).where(sql`${t.status} in ('queued', 'running')`),
    index("operations_due").on(t.runAt).where(sql`${t.status} in ('queued', 'running')`),
    index("operations_held").on(t.workspaceId).where(sql`${t.leaseUntil} is not null`),
    index("operations_newest").on(t.orgId, t.createdAt.desc(), t.id.desc()),
    index("operations_succeeded").on(t.orgId, t.createdAt.desc(), t.id.desc()).where(sql`${t.status} = 'succeeded'`),
    index("operations_oldest_finished").on(t.finishedAt).where(sql`${t.finishedAt} is not null`),
    index("operations_of_workspace").on(t.workspaceId, t.createdAt.desc()),
  ],
);
