import type { CommandReport, CommandState, WorkspaceStatus } from "@berth/domain";
import { and, count, eq, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { commands, workspaces } from "../schema/index.ts";
import { newestFirst, olderThan } from "./newest-first.ts";

export type CommandRow = typeof commands.$inferSelect;
export type NewCommand = typeof commands.$inferInsert;

/** Returns the stored row, which may be one that an earlier attempt has stored. */
export async function insertCommand(db: Database, row: NewCommand): Promise<{ row: CommandRow; isNew: boolean }> {
  const [stored] = await db.insert(commands).values(row).onConflictDoNothing({ target: commands.id }).returning();
  if (stored) return { row: stored, isNew: true };
  const [existing] = await db.select().from(commands).where(eq(commands.id, row.id));
  // It was deleted in between.
  return existing ? { row: existing, isNew: false } : insertCommand(db, row);
}

/** For a command that the daemon refused to start. */
export async function deleteCommand(db: Database, id: string): Promise<void> {
  await db.delete(commands).where(eq(commands.id, id));
}

export const findCommand = async (
  db: Database,
  { workspaceId, id }: { workspaceId: string; id: string },
): Promise<CommandRow | undefined> =>
  (
    await db
      .select()
      .from(commands)
      .where(and(eq(commands.id, id), eq(commands.workspaceId, workspaceId)))
  )[0];

export interface CommandFilter {
  workspaceId: string;
  state?: CommandState | undefined;
  before?: { createdAt: Date; id: string } | undefined;
  limit: number;
}

/** Newest first. */
export const listCommandRows = (
  db: Database,
  { workspaceId, state, before, limit }: CommandFilter,
): Promise<CommandRow[]> =>
  db
    .select()
    .from(commands)
    .where(
      and(
        eq(commands.workspaceId, workspaceId),
        state ? eq(commands.state, state) : undefined,
        olderThan(commands, before),
      ),
    )
    .orderBy(...newestFirst(commands))
    .limit(limit);

export interface OpenCommand extends CommandRow {
  /** False for a moment, in which the daemon may not have been asked to start it yet. */
  isSettled: boolean;
  workspace: { incarnationId: string | null; status: WorkspaceStatus };
}

/** Longer than a daemon takes to start a command. */
const SETTLED_AFTER_SECONDS = 60;

/** Commands whose end is not recorded, with the current status of their workspace. */
export async function openCommands(db: Database, workspaceId?: string): Promise<OpenCommand[]> {
  const rows = await db
    .select({
      command: commands,
      isSettled: sql<boolean>`${commands.createdAt} not between now() - make_interval(secs => ${SETTLED_AFTER_SECONDS}) and now()`,
      workspace: { incarnationId: workspaces.incarnationId, status: workspaces.status },
    })
    .from(commands)
    .innerJoin(workspaces, eq(workspaces.id, commands.workspaceId))
    .where(and(isNull(commands.endedAt), workspaceId ? eq(commands.workspaceId, workspaceId) : undefined));
  return rows.map(({ command, isSettled, workspace }) => ({ ...command, isSettled, workspace }));
}

export async function countKeepAwake(db: Database, workspaceId: string): Promise<number> {
  const [found] = await db
    .select({ running: count() })
    .from(commands)
    .where(and(eq(commands.workspaceId, workspaceId), eq(commands.keepAwake, true), isNull(commands.endedAt)));
  return found?.running ?? 0;
}

/** Records the end that a daemon reports. @returns undefined when the end was already recorded. */
export const endCommand = (db: Database, id: string, report: CommandReport): Promise<CommandRow | undefined> =>
  end(db, id, {
    state: "exited",
    exitCode: report.exitCode,
    signal: report.signal,
    timedOut: report.timedOut,
    stdoutBytes: report.stdoutBytes,
    stderrBytes: report.stderrBytes,
    // The daemon measures how long it took; its clock may be wrong.
    endedAt:
      sql`least(now(), ${commands.createdAt} + make_interval(secs => ${(report.durationMs ?? 0) / 1000}))` as never,
  });

export const loseCommand = (db: Database, id: string): Promise<CommandRow | undefined> =>
  end(db, id, { state: "lost", endedAt: sql`now()` as never });

async function end(db: Database, id: string, change: Partial<NewCommand>): Promise<CommandRow | undefined> {
  const [ended] = await db
    .update(commands)
    .set(change)
    .where(and(eq(commands.id, id), isNull(commands.endedAt)))
    .returning();
  return ended;
}

/** Deletes ended commands older than `keepHours`, and all but the newest `keepMax` of each workspace. */
export async function sweepCommands(db: Database, { keepHours, keepMax }: { keepHours: number; keepMax: number }) {
  const kept: SQL = sql`make_interval(hours => ${keepHours})`;
  await db
    .delete(commands)
    .where(and(isNotNull(commands.endedAt), sql`${commands.endedAt} not between now() - ${kept} and now() + ${kept}`));
  await db.execute(sql`
    delete from ${commands} where id in (
      select id from (
        select id, row_number() over (partition by workspace_id order by created_at desc, id desc) as place
        from ${commands} where ended_at is not null
      ) ranked where place > ${keepMax}
    )`);
}
