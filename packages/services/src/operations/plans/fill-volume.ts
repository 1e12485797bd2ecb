import type { DaemonSession } from "@berth/backends/tunnel";
import { markVolumeFilled, type VolumeRow, type WorkspaceRow } from "@berth/db";
import {
  DAEMON_ROUTES,
  DATA_ROOTS,
  DomainError,
  type ProblemCode,
  quoteUntrustedText,
  type TreeManifest,
} from "@berth/domain";
import { endBrowsing } from "../../instances/end.ts";
import { BROWSE_WAIT_MS, ensureBrowse } from "../../instances/request-browse.ts";
import { startStopped } from "../../instances/start-stopped.ts";
import { ensureVolume, unfilledVolume } from "../../volumes/prepare.ts";
import type { OperationRun } from "../run.ts";

/** A copy may take longer than a request that reads files. */
const BROWSE_KEPT_SECONDS = 600;

/** The files stay on the old instance, which remains the workspace's. */
export class FilesNotMovable extends DomainError {
  readonly keptIncarnationId: string;

  constructor(incarnationId: string, reason: string, details: Readonly<Record<string, unknown>> = {}) {
    const message = `The files could not be moved to a data volume completely, so nothing was changed: ${reason}`;
    super("unsupported_by_backend", message, { retryable: false, details });
    this.keptIncarnationId = incarnationId;
  }
}

/**
 * Copies the files from the old instance's own disk to the new volume before the swap, when `ephemeral` became
 * `persist`. It first checks for files that cannot be copied, then stops the old instance's command so that no file
 * changes, empties the volume of an earlier attempt, copies, and compares a checksum over all names, attributes and
 * bytes.
 *
 * @throws FilesNotMovable when something cannot be copied. Nothing has been swapped in that case.
 */
export async function fillVolume(run: OperationRun, workspace: WorkspaceRow, volume: VolumeRow): Promise<void> {
  const { deps } = run;
  await run.step("Copy the files to the new data volume", async () => {
    const source = await sourceSession(run, workspace, volume);
    if (source) await moveFiles(run, source, volume);
    await endBrowsing(deps, volume.id);
    await markVolumeFilled(deps.db, volume.id);
  });
}

/** Copies files that exist only on the last instance to the volume, if the settings keep them. */
export async function saveUnsaved(run: OperationRun): Promise<void> {
  const workspace = await run.workspace();
  const volume = await unfilledVolume(run.deps, workspace);
  if (!volume) return;
  await run.step("Prepare the data volume", () => ensureVolume(run.deps, volume, workspace.compute.diskGb));
  await fillVolume(run, workspace, volume);
}

/** @returns null when the old instance no longer exists, so nothing is left to copy. */
async function sourceSession(
  run: OperationRun,
  workspace: WorkspaceRow,
  volume: VolumeRow,
): Promise<DaemonSession | null> {
  const { deps } = run;
  const incarnationId = volume.fillFrom ?? "";
  const session = await deps.daemons.find(incarnationId);
  if (session) return session;
  const ref = { incarnationId, workspaceId: workspace.id };
  const { state } = await deps.gateway.observe(workspace.backend, ref);
  if (state === "absent") return null;
  if (state === "stopped") await startStopped(run, workspace.backend, ref);
  return deps.daemons.waitFor(incarnationId, { signal: waitSignal(run) }).catch(() => {
    throw new DomainError(
      "backend_unavailable",
      "The old machine does not respond, so its files cannot be copied yet.",
    );
  });
}

async function targetSession(run: OperationRun, volume: VolumeRow): Promise<DaemonSession> {
  const browsed = { workspaceId: volume.workspaceId ?? "", volumeId: volume.id, backend: volume.backend };
  const row = await ensureBrowse(run.deps, browsed, BROWSE_KEPT_SECONDS);
  return run.deps.daemons.waitFor(row.id, { signal: waitSignal(run) }).catch(() => {
    throw new DomainError("backend_unavailable", "The new data volume could not be opened yet.");
  });
}

const waitSignal = (run: OperationRun): AbortSignal =>
  AbortSignal.any([run.signal, AbortSignal.timeout(BROWSE_WAIT_MS)]);

async function moveFiles(run: OperationRun, source: DaemonSession, volume: VolumeRow): Promise<void> {
  const { signal } = run;
  try {
    for (const root of DATA_ROOTS) checkMovable(source, await manifestOf(source, root, { checksum: false, signal }));
    await source.json({ method: "POST", route: DAEMON_ROUTES.quiesce, signal }, {});
    const target = await targetSession(run, volume);
    for (const root of DATA_ROOTS) {
      const before = await manifestOf(source, root, { checksum: true, signal });
      checkMovable(source, before);
      await copyRoot(source, target, root, signal);
      checkSame(source, root, before, await manifestOf(target, root, { checksum: true, signal }));
    }
  } catch (error) {
    // Any other failure may be temporary, so it is retried.
    if (!(error instanceof DomainError) || error instanceof FilesNotMovable || !PERMANENT_CODES.has(error.problem.code))
      throw error;
    throw new FilesNotMovable(source.incarnationId, error.problem.message, error.problem.details);
  }
}

/** Problems with the files or the volume that a retry does not solve. */
const PERMANENT_CODES: ReadonlySet<ProblemCode> = new Set([
  "unsupported_by_backend",
  "path_not_allowed",
  "invalid_input",
  "forbidden",
  "limit_exceeded",
  "disk_full",
]);

const manifestOf = async (
  session: DaemonSession,
  root: string,
  { checksum, signal }: { checksum: boolean; signal: AbortSignal },
): Promise<TreeManifest> => {
  const query = { root, path: "/", checksum };
  try {
    return await session.json({ method: "GET", route: DAEMON_ROUTES.manifest, query, signal });
  } catch (error) {
    if (!(error instanceof DomainError) || error.problem.code !== "not_found") throw error;
    throw new DomainError(
      "unsupported_by_backend",
      "The machine was started by an older Berth, whose daemon cannot prove that it copies everything. Download the files as tar.gz first, then choose what happens to them.",
    );
  }
};

function checkMovable({ incarnationId }: DaemonSession, { obstacles }: TreeManifest): void {
  if (obstacles.length === 0) return;
  const named = obstacles.slice(0, 3).map(({ reason, count, examples }) => {
    const shown = examples
      .slice(0, 3)
      .map((path) => quoteUntrustedText(path))
      .join(", ");
    return `${shown}${count > 3 ? ` and ${count - 3} more` : ""}: ${quoteUntrustedText(reason)}`;
  });
  throw new FilesNotMovable(incarnationId, `${named.join(" ")} Change or remove them, then try again.`, { obstacles });
}

function checkSame({ incarnationId }: DaemonSession, root: string, before: TreeManifest, after: TreeManifest): void {
  if (before.sha256 !== null && before.sha256 === after.sha256) return;
  const counted = `${before.entries} entries with ${before.bytes} bytes before, ${after.entries} with ${after.bytes} after`;
  throw new FilesNotMovable(
    incarnationId,
    `${root} on the new volume differs from the original (${counted}): its file system does not keep everything, or a program was still writing. Try again.`,
  );
}

async function copyRoot(
  source: DaemonSession,
  target: DaemonSession,
  root: string,
  signal: AbortSignal,
): Promise<void> {
  const query = { root, path: "/", format: "tar", exact: true };
  const { body } = await source.bytes({ method: "GET", route: DAEMON_ROUTES.archive, query, signal });
  await target.json({ method: "PUT", route: DAEMON_ROUTES.archive, query, body, signal });
}
