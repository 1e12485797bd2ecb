import { type BackendKind, type WorkspaceStatus, workspaceNameKey } from "@berth/domain";
import { and, asc, eq, getTableColumns, ilike, inArray, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { incarnations, volumes, workspaces } from "../schema/index.ts";
import { newestFirst, olderThan } from "./newest-first.ts";

export type WorkspaceRow = typeof workspaces.$inferSelect;
export type NewWorkspace = Omit<typeof workspaces.$inferInsert, "nameKey">;

/** A workspace with what its API representation needs from other tables: its volume and its instance's fingerprint. */
export interface WorkspaceView {
  workspace: WorkspaceRow;
  volume: Pick<
    typeof volumes.$inferSelect,
    "id" | "state" | "sizeBytes" | "measuredAt" | "missingParts" | "retainedUntil"
  > | null;
  runningFingerprint: string | null;
}

const view = {
  workspace: getTableColumns(workspaces),
  volume: {
    id: volumes.id,
    state: volumes.state,
    sizeBytes: volumes.sizeBytes,
    measuredAt: volumes.measuredAt,
    missingParts: volumes.missingParts,
    retainedUntil: volumes.retainedUntil,
  },
  runningFingerprint: incarnations.fingerprint,
};

const selectViews = (db: Database) =>
  db
    .select(view)
    .from(workspaces)
    .leftJoin(volumes, eq(volumes.id, workspaces.volumeId))
    .leftJoin(incarnations, eq(incarnations.id, workspaces.incarnationId))
    .$dynamic();

export async function insertWorkspace(db: Database, row: NewWorkspace): Promise<WorkspaceRow> {
  const [stored] = await db
    .insert(workspaces)
    .values({ ...row, nameKey: workspaceNameKey(row.name) })
    .returning();
  if (!stored) throw new Error("The workspace was not stored.");
  return stored;
}

/** For requests: does not find the workspaces of other orgs. */
export const findOwnedWorkspace = async (db: Database, orgId: string, id: string): Promise<WorkspaceRow | undefined> =>
  (
    await db
      .select()
      .from(workspaces)
      .where(and(eq(workspaces.orgId, orgId), eq(workspaces.id, id)))
  )[0];

/** Locks the row until the transaction ends, so that requests on one workspace run one at a time. */
export const lockOwnedWorkspace = async (db: Database, orgId: string, id: string): Promise<WorkspaceRow | undefined> =>
  (
    await db
      .select()
      .from(workspaces)
      .where(and(eq(workspaces.orgId, orgId), eq(workspaces.id, id)))
      .for("update")
  )[0];

/** The live workspace below the same parent whose name has the same `workspaceNameKey`. */
export const findLiveNamesake = async (
  db: Database,
  { orgId, parentId, name }: { orgId: string; parentId: string | null; name: string },
): Promise<WorkspaceRow | undefined> =>
  (
    await db
      .select()
      .from(workspaces)
      .where(
        and(
          eq(workspaces.orgId, orgId),
          ne(workspaces.desired, "deleted"),
          parentIs(parentId),
          eq(sql`coalesce(${workspaces.nameKey}, ${workspaces.name})`, workspaceNameKey(name)),
        ),
      )
  )[0];

/** Only for the reconciler, which works on the rows of every org. */
export const findWorkspace = async (db: Database, id: string): Promise<WorkspaceRow | undefined> =>
  (await db.select().from(workspaces).where(eq(workspaces.id, id)))[0];

export const lockWorkspace = async (db: Database, id: string): Promise<WorkspaceRow | undefined> =>
  (await db.select().from(workspaces).where(eq(workspaces.id, id)).for("update"))[0];

export const findWorkspaceView = async (db: Database, orgId: string, id: string): Promise<WorkspaceView | undefined> =>
  (await selectViews(db).where(and(eq(workspaces.orgId, orgId), eq(workspaces.id, id))))[0];

export interface WorkspaceFilter {
  orgId: string;
  status?: WorkspaceStatus | undefined;
  parentId?: string | null | undefined;
  search?: string | undefined;
  includeDeleted: boolean;
  before?: { createdAt: Date; id: string } | undefined;
  limit: number;
}

/** Newest first. `before` is the last row of the previous page. */
export const listWorkspaceViews = (db: Database, filter: WorkspaceFilter): Promise<WorkspaceView[]> =>
  selectViews(db)
    .where(
      and(
        eq(workspaces.orgId, filter.orgId),
        filter.includeDeleted || filter.status === "deleted" ? undefined : ne(workspaces.status, "deleted"),
        filter.status ? eq(workspaces.status, filter.status) : undefined,
        parentIs(filter.parentId),
        filter.search ? ilike(workspaces.name, `%${filter.search.replace(/[\\%_]/g, "\\$&")}%`) : undefined,
        olderThan(workspaces, filter.before),
      ),
    )
    .orderBy(...newestFirst(workspaces))
    .limit(filter.limit);

const parentIs = (parentId: string | null | undefined): SQL | undefined =>
  parentId === undefined
    ? undefined
    : parentId === null
      ? isNull(workspaces.parentId)
      : eq(workspaces.parentId, parentId);

/** All workspaces on the map, oldest first. */
export const listCanvasRows = (db: Database, orgId: string) =>
  db
    .select({ workspace: getTableColumns(workspaces), runningFingerprint: incarnations.fingerprint })
    .from(workspaces)
    .leftJoin(incarnations, eq(incarnations.id, workspaces.incarnationId))
    .where(and(eq(workspaces.orgId, orgId), ne(workspaces.status, "deleted")))
    .orderBy(asc(workspaces.createdAt), asc(workspaces.id));

/**
 * The workspace and its live descendants, nearest first. For a deleted workspace: the descendants of the same delete,
 * without those that were deleted earlier.
 */
export async function listTeam(db: Database, orgId: string, rootId: string): Promise<WorkspaceRow[]> {
  const { rows } = await db.execute<{ id: string; depth: number }>(sql`
    with recursive team as (
      select id, deletion_id, 0 as depth from workspaces where id = ${rootId} and org_id = ${orgId}
      union all
      select child.id, child.deletion_id, team.depth + 1 from workspaces child join team on child.parent_id = team.id
      where (child.desired <> 'deleted' or child.deletion_id = team.deletion_id) and team.depth < 100
    ) select id, depth from team order by depth, id`);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const found = await db.select().from(workspaces).where(inArray(workspaces.id, ids));
  const order = new Map(ids.map((id, index) => [id, index]));
  return found.sort((left, right) => (order.get(left.id) ?? 0) - (order.get(right.id) ?? 0));
}

/** The ancestors of the workspace, nearest first. Empty for a root. */
export async function listAncestors(db: Database, orgId: string, id: string): Promise<WorkspaceRow[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    with recursive line as (
      select parent_id as id, 1 as depth from workspaces where id = ${id} and org_id = ${orgId}
      union all
      select parent.parent_id, line.depth + 1 from workspaces parent join line on parent.id = line.id where line.depth < 100
    ) select id from line where id is not null order by depth`);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const found = await db.select().from(workspaces).where(inArray(workspaces.id, ids));
  return ids.flatMap((ancestor) => found.filter((row) => row.id === ancestor));
}

export type WorkspacePatch = Partial<
  Pick<WorkspaceRow, "name" | "role" | "parentId" | "x" | "y" | "collapsed" | "runtime" | "model" | "tier" | "compute">
>;

export async function patchWorkspace(db: Database, orgId: string, id: string, patch: WorkspacePatch): Promise<void> {
  await db
    .update(workspaces)
    .set({
      ...patch,
      ...(patch.name === undefined ? {} : { nameKey: workspaceNameKey(patch.name) }),
      updatedAt: sql`now()`,
    })
    .where(and(eq(workspaces.orgId, orgId), eq(workspaces.id, id)));
}

/** Moves many nodes in one statement. @returns the ids that were found. */
export async function saveLayout(
  db: Database,
  orgId: string,
  positions: readonly { id: string; x: number; y: number }[],
): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update workspaces set x = moved.x, y = moved.y, updated_at = now()
    from unnest(${arrayOf(positions, "id")}::uuid[], ${arrayOf(positions, "x")}::float8[], ${arrayOf(positions, "y")}::float8[])
      as moved (id, x, y)
    where workspaces.id = moved.id and workspaces.org_id = ${orgId} returning workspaces.id`);
  return rows.map((row) => row.id);
}

const arrayOf = <T>(rows: readonly T[], key: keyof T): SQL => sql`${sql.param(rows.map((row) => row[key]))}`;

/** Number of workspaces per status and backend, without deleted ones. */
export const countByStatus = (
  db: Database,
): Promise<{ status: WorkspaceStatus; backend: BackendKind; count: number }[]> =>
  db
    .select({ status: workspaces.status, backend: workspaces.backend, count: sql<number>`count(*)::int` })
    .from(workspaces)
    .where(ne(workspaces.status, "deleted"))
    .groupBy(workspaces.status, workspaces.backend);
