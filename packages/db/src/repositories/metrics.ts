import type { WorkspaceStatus } from "@berth/domain";
import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { incarnations, workspaceMetrics, workspaces } from "../schema/index.ts";

export type MetricsRow = typeof workspaceMetrics.$inferSelect;

/** Inserts the rows of all workspaces in one statement. Rows of the same minutes from another replica stay. */
export async function insertMetrics(db: Database, rows: readonly MetricsRow[]): Promise<void> {
  if (rows.length > 0)
    await db
      .insert(workspaceMetrics)
      .values([...rows])
      .onConflictDoNothing();
}

/** Oldest first. */
export const listMetrics = (db: Database, workspaceId: string, since: Date): Promise<MetricsRow[]> =>
  db
    .select()
    .from(workspaceMetrics)
    .where(and(eq(workspaceMetrics.workspaceId, workspaceId), gt(workspaceMetrics.at, since)))
    .orderBy(asc(workspaceMetrics.at));

export async function sweepMetrics(db: Database, keepSeconds: number): Promise<void> {
  await db
    .delete(workspaceMetrics)
    .where(
      sql`${workspaceMetrics.at} not between now() - make_interval(secs => ${keepSeconds}) and now() + make_interval(secs => ${keepSeconds})`,
    );
}

/** Times at which instances of a workspace were created, oldest first, without its first start. */
export async function listStarts(db: Database, workspaceId: string, since: Date): Promise<Date[]> {
  const rows = await db
    .select({ createdAt: incarnations.createdAt })
    .from(incarnations)
    .where(
      and(
        eq(incarnations.workspaceId, workspaceId),
        eq(incarnations.purpose, "workspace"),
        gt(incarnations.generation, 1),
        gt(incarnations.createdAt, since),
      ),
    )
    .orderBy(asc(incarnations.createdAt));
  return rows.map(({ createdAt }) => createdAt);
}

/** Filters the ids by org and by these statuses. */
export async function filterOwned(
  db: Database,
  orgId: string,
  ids: readonly string[],
  statuses: readonly WorkspaceStatus[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(
      and(eq(workspaces.orgId, orgId), inArray(workspaces.id, [...ids]), inArray(workspaces.status, [...statuses])),
    );
  return rows.map(({ id }) => id);
}
