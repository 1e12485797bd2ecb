import { findOwnedWorkspace } from "@berth/db";
import { type Actor, type BootLogInput, DAEMON_ROUTES, DomainError, type LogTail, notFound } from "@berth/domain";
import type { Deps } from "../deps.ts";

/** Named without the backends package, which the canvas cannot see. */
type BootLogTail = LogTail & { source: "container_log" | "console_output" | "process_log" };

/** One call for all backends: container log, console output or process log. */
export async function bootLog(deps: Deps, actor: Actor, { id, tailBytes }: BootLogInput): Promise<BootLogTail> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, id);
  if (!workspace) throw notFound("The workspace");
  if (!workspace.incarnationId) throw noMachine(workspace.name);
  return deps.catalog.bootLog(
    workspace.backend,
    { incarnationId: workspace.incarnationId, workspaceId: id },
    tailBytes,
  );
}

/** What the workspace's command has printed. Served by the daemon, so only while the machine runs. */
export async function agentLog(deps: Deps, actor: Actor, { id, tailBytes }: BootLogInput): Promise<LogTail> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, id);
  if (!workspace) throw notFound("The workspace");
  const session = deps.tunnel.session(workspace.incarnationId ?? "");
  if (!session) throw noMachine(workspace.name);
  return session.json<LogTail>({ method: "GET", route: DAEMON_ROUTES.agentLog, query: { tailBytes } });
}

const noMachine = (name: string): DomainError =>
  new DomainError(
    "workspace_not_running",
    `"${name}" has no running machine, so there is no log of one. Start it first.`,
  );
