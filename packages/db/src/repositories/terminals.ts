import type { TerminalEndReason, WorkspaceStatus } from "@berth/domain";
import { and, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { terminals, workspaces } from "../schema/index.ts";

export type TerminalRow = typeof terminals.$inferSelect;
export type NewTerminal = typeof terminals.$inferInsert;

export async function insertTerminal(db: Database, row: NewTerminal): Promise<TerminalRow> {
  const [stored] = await db.insert(terminals).values(row).returning();
  if (!stored) throw new Error("The terminal was not stored.");
  return stored;
}

/** Newest first. */
export const listTerminalRows = (db: Database, workspaceId: string, limit: number): Promise<TerminalRow[]> =>
  db
    .select()
    .from(terminals)
    .where(eq(terminals.workspaceId, workspaceId))
    .orderBy(desc(terminals.createdAt))
    .limit(limit);

export const findEndedTerminal = async (
  db: Database,
  { workspaceId, terminalId }: { workspaceId: string; terminalId: string },
): Promise<TerminalRow | undefined> =>
  (
    await db
      .select()
      .from(terminals)
      .where(and(eq(terminals.id, terminalId), eq(terminals.workspaceId, workspaceId), isNotNull(terminals.endedAt)))
  )[0];

export interface RunningTerminal extends TerminalRow {
  workspace: { incarnationId: string | null; status: WorkspaceStatus };
}

/** Terminals whose end is not recorded, with the current status of their workspace. */
export async function runningTerminals(db: Database, workspaceId?: string): Promise<RunningTerminal[]> {
  const rows = await db
    .select({
      terminal: terminals,
      workspace: { incarnationId: workspaces.incarnationId, status: workspaces.status },
    })
    .from(terminals)
    .innerJoin(workspaces, eq(workspaces.id, terminals.workspaceId))
    .where(and(isNull(terminals.endedAt), workspaceId ? eq(terminals.workspaceId, workspaceId) : undefined));
  return rows.map(({ terminal, workspace }) => ({ ...terminal, workspace }));
}

/** Records who is closing a terminal, so that its end is attributed to them, regardless of which process records it. */
export async function markTerminalClosing(db: Database, id: string, closedBy: string): Promise<void> {
  await db
    .update(terminals)
    .set({ closedBy })
    .where(and(eq(terminals.id, id), isNull(terminals.endedAt)));
}

/** @returns undefined when its end was already recorded. */
export async function endTerminalRow(
  db: Database,
  id: string,
  end: { endReason: TerminalEndReason; exitCode: number | null },
): Promise<TerminalRow | undefined> {
  const [ended] = await db
    .update(terminals)
    .set({ ...end, endedAt: sql`now()` })
    .where(and(eq(terminals.id, id), isNull(terminals.endedAt)))
    .returning();
  return ended;
}

export async function sweepTerminals(db: Database, keepHours: number): Promise<void> {
  await db
    .delete(terminals)
    .where(
      sql`${terminals.endedAt} not between now() - make_interval(hours => ${keepHours}) and now() + make_interval(hours => ${keepHours})`,
    );
}
