import type { DaemonSession } from "@berth/backends/tunnel";
import { type CommandRow, endCommand, inTransaction, loseCommand, type OpenCommand, openCommands } from "@berth/db";
import { type CommandReport, commandEnded, DAEMON_ROUTES, DomainError, isLive } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";

const PERIOD_SECONDS = 5;
const ANSWER_WITHIN_MS = 2_000;

/** Records commands that ended while no caller waited for them. */
export const startCommandsLoop = (deps: Deps): Loop =>
  startLoop({
    name: "commands",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    async run(signal) {
      await recordCommandEnds(deps, signal);
    },
  });

/**
 * Compares the commands that should run with what their daemons report, and records the ended and lost ones, each once.
 *
 * @returns the reports of running commands by id
 */
export async function recordCommandEnds(
  deps: Deps,
  signal: AbortSignal,
  workspaceId?: string,
): Promise<ReadonlyMap<string, CommandReport>> {
  const open = await openCommands(deps.db, workspaceId);
  const running = new Map<string, CommandReport>();
  // In parallel, so that a daemon that does not respond does not delay the others.
  await Promise.all(
    [...Map.groupBy(open, ({ incarnationId }) => incarnationId)].map(async ([incarnationId, commands]) => {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      const session = await deps.daemons.find(incarnationId);
      const reports = session && (await listReports(session, bounded));
      for (const command of commands) {
        const report = reports?.get(command.id);
        if (report && report.durationMs === null) running.set(command.id, report);
        else if (report) await recordCommandEnd(deps, command.id, report);
        else if (session && reports) await recordUnlisted(deps, session, command, bounded);
        else if (hasLostItsMachine(command)) await recordLost(deps, command.id);
      }
    }),
  );
  return running;
}

/** @returns null when the daemon cannot be reached now */
async function listReports(session: DaemonSession, signal: AbortSignal): Promise<Map<string, CommandReport> | null> {
  const call = { method: "GET", route: DAEMON_ROUTES.commands, signal } as const;
  const listing = await session.json(call).catch(() => null);
  return listing && new Map(listing.commands.map((report) => [report.id, report]));
}

/** A daemon lists only commands whose output it keeps. One that it does not know at all was started by an earlier daemon. */
async function recordUnlisted(
  deps: Deps,
  session: DaemonSession,
  { id, isSettled }: OpenCommand,
  signal: AbortSignal,
): Promise<void> {
  if (!isSettled) return;
  const call = { method: "GET", route: DAEMON_ROUTES.commands, query: { id }, signal } as const;
  try {
    const [report] = (await session.json(call)).commands;
    if (report?.id === id && report.durationMs !== null) await recordCommandEnd(deps, id, report);
  } catch (error) {
    if (error instanceof DomainError && error.problem.code === "not_found") await recordLost(deps, id);
  }
}

/** Without a daemon, a command is lost if its instance was replaced or stopped. Otherwise the daemon may reconnect. */
function hasLostItsMachine({ incarnationId, workspace }: OpenCommand): boolean {
  const mayComeBack = isLive(workspace.status) || workspace.status === "provisioning";
  return !mayComeBack || workspace.incarnationId !== incarnationId;
}

export const recordCommandEnd = (deps: Pick<Deps, "db">, id: string, report: CommandReport): Promise<void> =>
  record(deps, (db) => endCommand(db, id, report));

export const recordLost = (deps: Pick<Deps, "db">, id: string): Promise<void> =>
  record(deps, (db) => loseCommand(db, id));

async function record(
  { db }: Pick<Deps, "db">,
  end: (db: Deps["db"]) => Promise<CommandRow | undefined>,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const ended = await end(tx);
    if (!ended?.detached || ended.state === "running") return;
    tx.emit(commandEnded(ended, { state: ended.state, exitCode: ended.exitCode }));
  });
}
