import { endTerminalRow, inTransaction, type RunningTerminal, runningTerminals } from "@berth/db";
import { DAEMON_ROUTES, isLive, type TerminalEndReason, type TerminalFacts, terminalClosed } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";

const PERIOD_SECONDS = 5;
const ANSWER_WITHIN_MS = 2_000;

interface TerminalEnd {
  endReason: TerminalEndReason;
  exitCode: number | null;
}

/** Records terminals that ended while no client was attached. */
export const startTerminalsLoop = (deps: Deps): Loop =>
  startLoop({
    name: "terminals",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    async run(signal) {
      await recordEnds(deps, signal);
    },
  });

/**
 * Compares the terminals that should run with those that their daemons report, and records which ones ended. Each emits
 * one `terminal.closed` event, even when several processes record its end.
 *
 * @returns the reported facts by terminal id
 */
export async function recordEnds(
  deps: Deps,
  signal: AbortSignal,
  workspaceId?: string,
): Promise<ReadonlyMap<string, TerminalFacts>> {
  // Read the rows before asking the daemons, so that each daemon already knows all terminals in them.
  const running = await runningTerminals(deps.db, workspaceId);
  const reported = new Map<string, TerminalFacts>();
  const byDaemon = Map.groupBy(running, (terminal) => terminal.incarnationId);
  // In parallel, so that an unresponsive daemon does not delay the others.
  const responses = await Promise.all(
    [...byDaemon].map(async ([incarnationId, terminals]) => ({
      terminals,
      facts: await askDaemon(deps, incarnationId, signal),
    })),
  );
  for (const { terminals, facts } of responses) {
    const own = new Map(facts?.map((fact) => [fact.id, fact]));
    for (const terminal of terminals) {
      const fact = own.get(terminal.id);
      if (fact) reported.set(terminal.id, fact);
      const end = facts ? endReported(fact) : endWithoutDaemon(terminal);
      if (end) await recordEnd(deps, terminal.id, end);
    }
  }
  return reported;
}

/** @returns null when the daemon cannot be reached now */
async function askDaemon(deps: Deps, incarnationId: string, signal: AbortSignal): Promise<TerminalFacts[] | null> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const call = { method: "GET", route: DAEMON_ROUTES.terminals, signal: bounded } as const;
  const session = await deps.daemons.find(incarnationId);
  const response = await session?.json(call).catch(() => null);
  return response?.terminals ?? null;
}

const MACHINE_STOPPED: TerminalEnd = { endReason: "machine_stopped", exitCode: null };

function endReported(facts: TerminalFacts | undefined): TerminalEnd | null {
  // A daemon that does not know the terminal was started after it.
  if (!facts) return MACHINE_STOPPED;
  const { endReason, exitCode } = facts;
  return endReason === null ? null : { endReason, exitCode };
}

/**
 * Without a daemon, a terminal counts as ended if its instance was replaced or stopped. Otherwise the daemon may
 * reconnect.
 */
function endWithoutDaemon({ incarnationId, workspace }: RunningTerminal): TerminalEnd | null {
  const mayReconnect = isLive(workspace.status) || workspace.status === "provisioning";
  if (mayReconnect && workspace.incarnationId === incarnationId) return null;
  return MACHINE_STOPPED;
}

async function recordEnd(deps: Deps, id: string, end: TerminalEnd): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const ended = await endTerminalRow(tx, id, end);
    if (!ended) return;
    tx.emit(terminalClosed(ended, { reason: end.endReason, exitCode: end.exitCode, by: ended.closedBy }));
  });
}
