import { openTerminalStream, type TerminalStream } from "@berth/backends/tunnel";
import { appendEvents, findOwnedWorkspace } from "@berth/db";
import {
  type Actor,
  type CloseTerminalInput,
  type CreateTerminalInput,
  DAEMON_ROUTES,
  type EventType,
  type ListTerminalsInput,
  notFound,
  type TerminalFacts,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { runningDaemonOf } from "../files/daemon-of.ts";

const ROUTE = DAEMON_ROUTES.terminals;

/** Starts a shell in the workspace's machine; a hibernated workspace is woken for it. */
export async function createTerminal(
  deps: Deps,
  actor: Actor,
  { workspaceId, ...size }: CreateTerminalInput,
  signal: AbortSignal,
): Promise<TerminalFacts> {
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: true, signal });
  const terminal = await session.json<TerminalFacts>({ method: "POST", route: ROUTE, signal }, size);
  await note(deps, actor, "terminal.opened", { workspaceId, terminalId: terminal.id });
  return terminal;
}

/** The terminals that run. A workspace without a machine has none, and is not started to be asked. */
export async function listTerminals(
  deps: Deps,
  actor: Actor,
  { workspaceId }: ListTerminalsInput,
  signal: AbortSignal,
): Promise<{ terminals: TerminalFacts[] }> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, workspaceId);
  if (!workspace) throw notFound("The workspace");
  const session = deps.tunnel.session(workspace.incarnationId ?? "");
  return session ? session.json({ method: "GET", route: ROUTE, signal }) : { terminals: [] };
}

/** Ends the shell and what runs in it. One that has ended already counts as closed. */
export async function closeTerminal(
  deps: Deps,
  actor: Actor,
  { workspaceId, terminalId }: CloseTerminalInput,
  signal: AbortSignal,
): Promise<{ closed: boolean }> {
  const { terminals } = await listTerminals(deps, actor, { workspaceId }, signal);
  if (!terminals.some(({ id }) => id === terminalId)) return { closed: false };
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: false, signal });
  await session.json({ method: "DELETE", route: ROUTE, query: { id: terminalId }, signal });
  await note(deps, actor, "terminal.closed", { workspaceId, terminalId });
  return { closed: true };
}

export interface LookAtTerminal {
  workspaceId: string;
  terminalId: string;
  after: number | null;
}

/** Looks at a terminal for as long as the signal lasts. @throws DomainError `not_found` once its shell has ended. */
export async function attachTerminal(
  deps: Deps,
  actor: Actor,
  { workspaceId, ...place }: LookAtTerminal,
  signal: AbortSignal,
): Promise<TerminalStream> {
  const session = await runningDaemonOf(deps, actor, workspaceId, { wakes: false, signal });
  return openTerminalStream(session, { ...place, signal });
}

async function note(
  deps: Deps,
  actor: Actor,
  type: EventType,
  { workspaceId, terminalId }: { workspaceId: string; terminalId: string },
): Promise<void> {
  await deps.db.transaction((tx) =>
    appendEvents(tx, [{ orgId: actor.orgId, type, workspaceId, data: { terminalId, by: actor.id } }]),
  );
}
