import type { DaemonSession } from "@berth/backends/tunnel";
import {
  findIncarnation,
  findOperation,
  findOwnedVolume,
  findOwnedWorkspace,
  findVolume,
  readBrowseFailure,
  type VolumeRow,
  type WorkspaceRow,
} from "@berth/db";
import { type Actor, browseNotSupported, DomainError, type FileRoot, isLive, isProblem, notFound } from "@berth/domain";
import type { Deps } from "../deps.ts";
import { BROWSE_WAIT_MS, ensureBrowse } from "../instances/request-browse.ts";
import { dataMissing } from "../volumes/missing.ts";
import { requestVerb } from "../workspaces/verbs.ts";

/** How long a request waits for a daemon to connect: after an API restart, and after a wake. */
const RECONNECT_WAIT_MS = 5_000;
const WAKE_WAIT_MS = 60_000;

/**
 * The daemon that serves a workspace's files: its own while it runs. A hibernated workspace is woken. Any other stopped
 * workspace gets a browse instance on its data volume, if the backend supports that.
 *
 * @throws DomainError `agent_home_not_durable` for `/agent-home`, `workspace_not_running` when nothing can serve the
 * files.
 */
export async function daemonOf(
  deps: Deps,
  actor: Actor,
  workspaceId: string,
  root: FileRoot,
  signal: AbortSignal,
): Promise<DaemonSession> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, workspaceId);
  if (!workspace) throw notFound("The workspace");
  if (root === "/agent-home") throw homeNotDurable();
  if (workspace.status === "hibernated") return wake(deps, actor, workspace, signal);
  // Decide by the status, because the tunnel of an instance that was just stopped may still be open.
  if (isLive(workspace.status) || workspace.status === "provisioning") {
    const session = await waitFor(deps, workspace.incarnationId, RECONNECT_WAIT_MS, signal);
    if (session) return session;
    signal.throwIfAborted();
    // Its instance writes to the volume, so a second instance would show outdated files.
    if (isLive(workspace.status)) throw notConnected(workspace.name);
  }
  return browse(deps, workspace, signal);
}

/**
 * The daemon of a workspace's own instance, never that of a browse instance. With `wakes`, a hibernated workspace is
 * woken.
 *
 * @throws DomainError `workspace_not_running`
 */
export async function runningDaemonOf(
  deps: Deps,
  actor: Actor,
  workspaceId: string,
  { wakes, signal }: { wakes: boolean; signal: AbortSignal },
): Promise<DaemonSession> {
  const workspace = await findOwnedWorkspace(deps.db, actor.orgId, workspaceId);
  if (!workspace) throw notFound("The workspace");
  const { name, status, incarnationId } = workspace;
  if (status === "hibernated" && wakes) return wake(deps, actor, workspace, signal);
  const isUp = isLive(status) || status === "provisioning";
  const session = isUp ? await waitFor(deps, incarnationId, RECONNECT_WAIT_MS, signal) : null;
  if (session) return session;
  signal.throwIfAborted();
  if (isUp) throw notConnected(name);
  throw notRunning(`"${name}" is ${status}. ${HOW_TO_START[status] ?? "Restart it first."}`, false);
}

/** How a user can start the instance, by status. */
const HOW_TO_START: Partial<Record<WorkspaceRow["status"], string>> = {
  paused: "Resume it first.",
  pausing: "Resume it when it is paused.",
  hibernated: "Wake it first.",
  hibernating: "Wake it when it is hibernated.",
  deleting: "It is being deleted.",
  deleted: "Restore it first, while its data is retained.",
};

/**
 * The daemon that serves a data volume: that of its workspace, or a browse instance when no workspace uses the volume,
 * e.g. because the workspace was deleted or became `ephemeral`.
 *
 * @throws DomainError `data_erased`, `unsupported_by_backend`, or as `daemonOf` for a volume that is in use.
 */
export async function daemonOfVolume(
  deps: Deps,
  actor: Actor,
  volumeId: string,
  root: FileRoot,
  signal: AbortSignal,
): Promise<DaemonSession> {
  const volume = await findOwnedVolume(deps.db, actor.orgId, volumeId);
  if (!volume) throw notFound("The volume");
  const { state, workspaceId, workspaceName, backend } = volume;
  if (root === "/agent-home") throw homeNotDurable();
  if (state === "attached" && workspaceId) return daemonOf(deps, actor, workspaceId, root, signal);
  if (state === "erasing" || state === "erased") throw erased(volume);
  if (!deps.catalog.capabilities(backend).browseStopped) {
    if (volume.missingSince) throw dataMissing(volume, volume.missingParts);
    throw new DomainError(
      "unsupported_by_backend",
      `The ${backend} backend shows files only while a machine runs. Restore "${workspaceName}", or adopt its data.`,
      { details: { backend } },
    );
  }
  if (!volume.madeAt) throw notRunning(`Nothing was saved on the volume of "${workspaceName}".`, false);
  // A quarantined volume has no known workspace, so its own id is used as the workspace id.
  return browseVolume(deps, volume, workspaceId ?? volumeId, workspaceName, signal);
}

export async function isHibernated(deps: Deps, actor: Actor, workspaceId: string): Promise<boolean> {
  return (await findOwnedWorkspace(deps.db, actor.orgId, workspaceId))?.status === "hibernated";
}

/** The volume that a browse instance serves, or null for any other incarnation. */
export async function browsedVolume(deps: Deps, incarnationId: string) {
  const row = await findIncarnation(deps.db, incarnationId);
  return row?.volumeId ? { workspaceId: row.workspaceId, volumeId: row.volumeId, backend: row.backend } : null;
}

const homeNotDurable = (): DomainError =>
  new DomainError(
    "agent_home_not_durable",
    "/agent-home is the machine's own $HOME. It is wiped when the machine is replaced, so it can be browsed only while home snapshots are on. Keep files in /workspace.",
  );

async function wake(deps: Deps, actor: Actor, workspace: WorkspaceRow, signal: AbortSignal): Promise<DaemonSession> {
  const { id } = await requestVerb(deps, actor, "wake", { id: workspace.id, force: false });
  const woken = await findOwnedWorkspace(deps.db, actor.orgId, workspace.id);
  using failure = failureOf(deps, actor, id);
  const bounded = AbortSignal.any([signal, failure.final]);
  const session = await waitFor(deps, woken?.incarnationId ?? null, WAKE_WAIT_MS, bounded);
  if (session) return session;
  signal.throwIfAborted();
  const { error } = (await findOperation(deps.db, actor.orgId, id)) ?? {};
  if (isProblem(error)) throw DomainError.fromProblem({ ...error, operationId: id });
  throw notRunning(`"${workspace.name}" is still waking up. Try again in a moment.`, true);
}

/** `final` aborts when the operation fails. A request waits while the operation is retried. */
function failureOf({ db, listener }: Deps, actor: Actor, operationId: string): Disposable & { final: AbortSignal } {
  const final = new AbortController();
  const check = async () => {
    const operation = await findOperation(db, actor.orgId, operationId);
    if (operation?.status === "failed") final.abort();
  };
  // If the check fails, the wait ends at its time limit.
  const checkSafely = () => void check().catch(() => {});
  const unsubscribe = listener.on("berth_events", checkSafely);
  checkSafely();
  return { final: final.signal, [Symbol.dispose]: unsubscribe };
}

async function browse(deps: Deps, workspace: WorkspaceRow, signal: AbortSignal): Promise<DaemonSession> {
  const { id, name, backend, status } = workspace;
  const volume = workspace.volumeId ? await findVolume(deps.db, workspace.volumeId) : undefined;
  if (!volume?.madeAt) {
    throw notRunning(
      `"${name}" is ${status} and its files are on the machine's own disk. ${HOW_TO_START[status] ?? "Restart it first."}`,
      false,
    );
  }
  if (volume.workspaceId !== id) {
    throw new DomainError(
      "volume_attached",
      `The data of "${name}" no longer belongs to it. Look for it in Saved data.`,
      {
        details: { workspaceId: volume.workspaceId },
      },
    );
  }
  if (volume.fillFrom) {
    throw notRunning(
      `The files of "${name}" are still being copied to their data volume. Restart it to continue.`,
      true,
    );
  }
  if (volume.state === "erasing" || volume.state === "erased") {
    throw erased(volume);
  }
  if (!deps.catalog.capabilities(backend).browseStopped) {
    // When data is missing, do not suggest starting the workspace: its files would not appear.
    throw volume.missingSince ? dataMissing(volume, volume.missingParts) : browseNotSupported(backend, workspace);
  }
  return browseVolume(deps, volume, id, name, signal);
}

const erased = ({ id, workspaceName, state }: VolumeRow): DomainError =>
  new DomainError("data_erased", `The data of "${workspaceName}" is ${state}.`, { details: { volumeId: id } });

async function browseVolume(
  deps: Deps,
  { id: volumeId, backend }: VolumeRow,
  workspaceId: string,
  name: string,
  signal: AbortSignal,
): Promise<DaemonSession> {
  using failures = browseFailures(deps, volumeId);
  const row = await ensureBrowse(deps, { workspaceId, volumeId, backend });
  const session = await waitFor(deps, row.id, BROWSE_WAIT_MS, AbortSignal.any([signal, failures.final]));
  if (session) return session;
  throw failures.last ?? notRunning(`The files of "${name}" could not be opened yet. Try again in a moment.`, true);
}

/**
 * Collects failures to open a volume during a request. The request waits after a retryable failure and ends after any
 * other.
 */
function browseFailures({ listener }: Deps, volumeId: string): Disposable & { final: AbortSignal; last: Error | null } {
  const final = new AbortController();
  const failures = { final: final.signal, last: null as Error | null, [Symbol.dispose]: () => unsubscribe() };
  const unsubscribe = listener.on("berth_browse_failed", (payload) => {
    const failure = readBrowseFailure(payload);
    if (failure?.volumeId !== volumeId) return;
    failures.last = DomainError.fromProblem(failure.problem);
    if (!failure.problem.retryable) final.abort();
  });
  return failures;
}

async function waitFor(
  deps: Deps,
  incarnationId: string | null,
  waitMs: number,
  signal: AbortSignal,
): Promise<DaemonSession | null> {
  if (!incarnationId) return null;
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  return deps.daemons.waitFor(incarnationId, { signal: bounded }).catch(() => null);
}

const notConnected = (name: string): DomainError =>
  notRunning(`The machine of "${name}" is not connected. Try again in a moment.`, true);

const notRunning = (message: string, retryable: boolean): DomainError =>
  new DomainError("workspace_not_running", message, { retryable });
