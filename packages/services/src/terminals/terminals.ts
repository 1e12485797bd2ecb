import { openTerminalStream, type TerminalOutput, type TerminalStream } from "@berth/backends/tunnel";
import {
  findEndedTerminal,
  findOwnedWorkspace,
  insertTerminal,
  inTransaction,
  listTerminalRows,
  markTerminalClosing,
  type TerminalRow,
} from "@berth/db";
import {
  type Actor,
  type CloseTerminalInput,
  type CreateTerminalInput,
  DAEMON_ROUTES,
  DomainError,
  LIMITS,
  type ListTerminalsInput,
  notFound,
  type TerminalFacts,
  terminalOpened,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { runningDaemonOf } from "../files/daemon-of.ts";
import { recordEnds } from "./record-ends.ts";

const ROUTE = DAEMON_ROUTES.terminals;

/** Starts a shell in the workspace's instance. Wakes a hibernated workspace. */
export async function createTerminal(
  deps: Deps,
  actor: Actor,
  { workspaceId, ...size }: CreateTerminalInput,
  signal: AbortSignal,
): Promise<TerminalFacts> {
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: true, signal });
  const { id, shell } = await session.json({ method: "POST", route: ROUTE, signal }, size);
  const { orgId } = actor;
  const { incarnationId } = session;
  return inTransaction(deps.db, async (tx) => {
    const row = await insertTerminal(tx, { id, orgId, workspaceId, incarnationId, shell, ...size });
    tx.emit(terminalOpened(row, actor.id));
    return present(row);
  });
}

/** The running terminals and those that ended within a day. Does not start a stopped workspace. */
export async function listTerminals(
  deps: Deps,
  actor: Actor,
  { workspaceId }: ListTerminalsInput,
  signal: AbortSignal,
): Promise<{ terminals: TerminalFacts[] }> {
  if (!(await findOwnedWorkspace(deps.db, actor.orgId, workspaceId))) throw notFound("The workspace");
  const reported = await recordEnds(deps, signal, workspaceId);
  const rows = await listTerminalRows(deps.db, workspaceId, LIMITS.listLimitDefault);
  return { terminals: rows.reverse().map((row) => ({ ...present(row), ...sizeOf(reported.get(row.id)) })) };
}

const present = ({
  id,
  shell,
  columns,
  rows,
  createdAt,
  endedAt,
  endReason,
  exitCode,
}: TerminalRow): TerminalFacts => ({
  ...{ id, shell, columns, rows, endReason, exitCode, attached: 0 },
  createdAt: createdAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
});

/** The facts that only the daemon knows. */
const sizeOf = (facts: TerminalFacts | undefined) =>
  facts && { columns: facts.columns, rows: facts.rows, attached: facts.attached };

/** Ends the shell and its processes. */
export async function closeTerminal(
  deps: Deps,
  actor: Actor,
  { workspaceId, terminalId }: CloseTerminalInput,
  signal: AbortSignal,
): Promise<{ closed: boolean }> {
  const { terminals } = await listTerminals(deps, actor, { workspaceId }, signal);
  if (!terminals.some(({ id, endedAt }) => id === terminalId && endedAt === null)) return { closed: false };
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: false, signal });
  await markTerminalClosing(deps.db, terminalId, actor.id);
  await session.json({ method: "DELETE", route: ROUTE, query: { id: terminalId }, signal });
  await recordEnds(deps, signal, workspaceId);
  return { closed: true };
}

export interface AttachTerminal {
  workspaceId: string;
  terminalId: string;
  after: number | null;
}

/**
 * Attaches to a terminal until the signal aborts. An ended terminal replays its last output, then its exit code.
 *
 * @throws DomainError `not_found` when the terminal is unknown, or ended so long ago that its output is no longer kept
 */
export async function attachTerminal(
  deps: Deps,
  actor: Actor,
  { workspaceId, ...place }: AttachTerminal,
  signal: AbortSignal,
): Promise<TerminalStream> {
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: false, signal });
  try {
    const stream = await openTerminalStream(session, { ...place, signal });
    return { ...stream, output: recordingEnd(deps, workspaceId, stream.output) };
  } catch (error) {
    const row = isNotFound(error) ? await findEndedTerminal(deps.db, { workspaceId, ...place }) : null;
    throw row ? outputGone(row) : error;
  }
}

/** Records the end before the viewer receives the exit code, so that the event exists first. */
async function* recordingEnd(
  deps: Deps,
  workspaceId: string,
  output: TerminalStream["output"],
): TerminalStream["output"] {
  for await (const piece of output) {
    if (isExit(piece)) await recordEnds(deps, new AbortController().signal, workspaceId);
    yield piece;
  }
}

const isExit = (piece: TerminalOutput): boolean => "exitCode" in piece;
const isNotFound = (error: unknown): boolean => error instanceof DomainError && error.problem.code === "not_found";

function outputGone({ endedAt, endReason, exitCode }: TerminalRow): DomainError {
  const how = exitCode === null ? "" : ` with exit code ${exitCode}`;
  const message = `The terminal ended at ${endedAt?.toISOString()}${how}. Its output is no longer kept.`;
  return new DomainError("not_found", message, { details: { endedAt, endReason, exitCode } });
}
