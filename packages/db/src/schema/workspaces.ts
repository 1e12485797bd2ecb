import {
  BACKEND_KINDS,
  type BackendKind,
  type Compute,
  DATA_STATES,
  type DataState,
  DESIRED_STATES,
  type DesiredState,
  type StatusReason,
  WORKSPACE_STATUSES,
  type WorkspaceStatus,
} from "@berth/domain";
import { sql } from "drizzle-orm";
import { type AnyPgColumn, check, index, pgTable, uniqueIndex } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";
import { volumes } from "./volumes.ts";

export const workspaces = pgTable(
  "workspaces",
  (t) => ({
    id: t.uuid().primaryKey().defaultRandom(),
    orgId: t.uuid().notNull(),
    parentId: t.uuid().references((): AnyPgColumn => workspaces.id),
    name: t.text().notNull(),
    /** `workspaceNameKey` of the name. Null in older rows, whose name is their key. */
    nameKey: t.text(),
    role: t.text(),
    runtime: t.text().notNull(),
    model: t.text().notNull(),
    tier: t.integer().notNull(),
    backend: t.text().$type<BackendKind>().notNull(),
    compute: t.jsonb().$type<Compute>().notNull(),
    desired: t.text().$type<DesiredState>().notNull(),
    status: t.text().$type<WorkspaceStatus>().notNull(),
    statusReason: t.jsonb().$type<StatusReason>(),
    statusChangedAt: instant().notNull().defaultNow(),
    /** Raised at every change of intent. Later writes name their generation. */
    generation: t.integer().notNull().default(1),
    /** The incarnation that should exist. All others of the workspace must be removed. */
    incarnationId: t.uuid(),
    volumeId: t.uuid().references(() => volumes.id),
    dataState: t.text().$type<DataState>().notNull().default("none"),
    /**
     * Why an automatic restart follows the running operation. There is at most one, regardless of the number of causes.
     */
    restartAgain: t.text(),
    x: t.doublePrecision().notNull().default(0),
    y: t.doublePrecision().notNull().default(0),
    collapsed: t.boolean().notNull().default(false),
    currentTask: t.text(),
    activeTasks: t.integer().notNull().default(0),
    createdAt: instant().notNull().defaultNow(),
    updatedAt: instant().notNull().defaultNow(),
    lastHeartbeatAt: instant(),
    provisioningStartedAt: instant(),
    deletedAt: instant(),
    /** Shared by all workspaces of one delete, so that a second delete of the team includes the same ones. */
    deletionId: t.uuid(),
  }),
  (t) => [
    check("workspaces_status_known", oneOf(t.status, WORKSPACE_STATUSES)),
    check("workspaces_desired_known", oneOf(t.desired, DESIRED_STATES)),
    check("workspaces_backend_known", oneOf(t.backend, BACKEND_KINDS)),
    check("workspaces_data_state_known", oneOf(t.dataState, DATA_STATES)),
    check("workspaces_deleted_at", sql`(${t.status} = 'deleted') = (${t.deletedAt} is not null)`),
    // A deleted or hibernated workspace has no instance, and nothing may start one without a request.
    check("workspaces_released", sql`${t.status} not in ('deleted', 'hibernated') or ${t.incarnationId} is null`),
    // A name is free again as soon as a delete is requested.
    uniqueIndex("workspaces_live_name")
      .on(
        t.orgId,
        sql`coalesce(${t.parentId}, '00000000-0000-0000-0000-000000000000'::uuid)`,
        sql`coalesce(${t.nameKey}, ${t.name})`,
      )
      .where(sql`${t.desired} <> 'deleted'`),
    index("workspaces_newest").on(t.orgId, t.createdAt.desc(), t.id.desc()),
    index("workspaces_children").on(t.parentId),
    index("workspaces_by_status").on(t.status),
    index("workspaces_deleted").on(t.deletedAt).where(sql`${t.deletedAt} is not null`),
  ],
);
