import { findIncarnation, findOwnedWorkspace } from "@berth/db";
import {
  type Actor,
  type BackendKind,
  type BootLogInput,
  DAEMON_ROUTES,
  DomainError,
  type LogTail,
  notFound,
} from "@berth/domain";
import type { Deps } from "../deps.ts";

/** Named without the backends package, which the canvas cannot see. */
type BootLogSource = "container_log" | "console_output" | "process_log";
type BootLogTail = LogTail & { source: BootLogSource };

const SOURCES: Record<BackendKind, BootLogSource> = {
  local: "process_log",
  docker: "container_log",
  ec2: "console_output",
  memory: "process_log",
};

/**
 * One call for all backends: container log, console output or process log. Between two machines, and before the first is
 * there, nothing has been written, and that is no error: whoever follows the log reads on.
 */
export async function bootLog(deps: Deps, actor: Actor, { id, tailBytes }: BootLogInput): Promise<BootLogTail> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, id);
  if (!workspace) throw notFound("The workspace");
  if (!workspace.incarnationId) throw noMachine(workspace.name);
  const { backend, incarnationId } = workspace;
  try {
    return await deps.catalog.bootLog(backend, { incarnationId, workspaceId: id }, tailBytes);
  } catch (error) {
    if (!(error instanceof DomainError) || error.problem.code !== "not_found") throw error;
    return { text: "", truncated: false, source: SOURCES[backend] };
  }
}

/** What the workspace's command has printed, as its daemon serves it. Of a start that failed the end is kept. */
export async function agentLog(deps: Deps, actor: Actor, { id, tailBytes }: BootLogInput): Promise<LogTail> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, id);
  if (!workspace) throw notFound("The workspace");
  const session = deps.tunnel.session(workspace.incarnationId ?? "");
  if (!session) {
    const incarnation = workspace.incarnationId && (await findIncarnation(deps.db, workspace.incarnationId));
    if (!incarnation || incarnation.agentLog === null) throw noMachine(workspace.name);
    return tailOf(incarnation.agentLog, tailBytes);
  }
  return session.json({ method: "GET", route: DAEMON_ROUTES.agentLog, query: { tailBytes } });
}

function tailOf(text: string, tailBytes: number): LogTail {
  const bytes = Buffer.from(text);
  if (bytes.length <= tailBytes) return { text, truncated: false };
  // A character that the cut goes through is dropped.
  const tail = bytes
    .subarray(bytes.length - tailBytes)
    .toString("utf8")
    .replace(/^\ufffd+/, "");
  return { text: tail, truncated: true };
}

const noMachine = (name: string): DomainError =>
  new DomainError(
    "workspace_not_running",
    `"${name}" has no running machine, so there is no log of one. Start it first.`,
  );
