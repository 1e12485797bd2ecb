import { findIncarnation, findOwnedWorkspace } from "@berth/db";
import {
  type Actor,
  type BackendKind,
  type BootLogInput,
  type BootLogQuery,
  bootLogResult,
  DAEMON_ROUTES,
  DomainError,
  type LogTail,
  notFound,
  REPLICA_QUERIES,
} from "@berth/domain";
import type { Deps } from "../deps.ts";

/** Repeated here because the canvas, which infers this type, cannot import the backends package. */
type BootLogSource = "container_log" | "console_output" | "process_log";
type BootLogTail = LogTail & { source: BootLogSource };

const SOURCES: Record<BackendKind, BootLogSource> = {
  local: "process_log",
  docker: "container_log",
  ec2: "console_output",
  memory: "process_log",
};

/**
 * The container log, console output or process log, depending on the backend. It is empty while the instance does not
 * exist yet; that is not an error, because clients poll the log.
 */
export async function bootLog(deps: Deps, actor: Actor, { id, tailBytes }: BootLogInput): Promise<BootLogTail> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, id);
  if (!workspace) throw notFound("The workspace");
  if (!workspace.incarnationId) throw noInstance(workspace.name);
  const { backend, incarnationId } = workspace;
  try {
    const ref = { incarnationId, workspaceId: id };
    return (
      (await askReplicas(deps, backend, { ...ref, tailBytes })) ?? (await deps.catalog.bootLog(backend, ref, tailBytes))
    );
  } catch (error) {
    if (!(error instanceof DomainError) || error.problem.code !== "not_found") throw error;
    return { text: "", truncated: false, source: SOURCES[backend] };
  }
}

/**
 * Asks another replica when this one cannot reach the backend. @returns null when it can, or when no replica responds.
 */
async function askReplicas(
  deps: Deps,
  backend: BackendKind,
  query: Omit<BootLogQuery, "backend">,
): Promise<BootLogTail | null> {
  if (deps.catalog.kinds.includes(backend)) return null;
  const serves = ({ backends }: { backends: BackendKind[] }) => backends.includes(backend);
  const [response] = await deps.replicas.query(REPLICA_QUERIES.bootLog, { ...query, backend }, serves);
  return response === undefined ? null : bootLogResult.parse(response);
}

/** The output of the workspace's command, from its daemon. After a failed start, the stored end of it. */
export async function agentLog(deps: Deps, actor: Actor, { id, tailBytes }: BootLogInput): Promise<LogTail> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, id);
  if (!workspace) throw notFound("The workspace");
  const session = await deps.daemons.find(workspace.incarnationId);
  if (!session) {
    const incarnation = workspace.incarnationId && (await findIncarnation(deps.db, workspace.incarnationId));
    if (!incarnation || incarnation.agentLog === null) throw noInstance(workspace.name);
    return tailOf(incarnation.agentLog, tailBytes);
  }
  return session.json({ method: "GET", route: DAEMON_ROUTES.agentLog, query: { tailBytes } });
}

function tailOf(text: string, tailBytes: number): LogTail {
  const bytes = Buffer.from(text);
  if (bytes.length <= tailBytes) return { text, truncated: false };
  // Drop a character that was split.
  const tail = bytes
    .subarray(bytes.length - tailBytes)
    .toString("utf8")
    .replace(/^\ufffd+/, "");
  return { text: tail, truncated: true };
}

const noInstance = (name: string): DomainError =>
  new DomainError(
    "workspace_not_running",
    `"${name}" has no running machine, so there is no log to read. Start it first.`,
  );
