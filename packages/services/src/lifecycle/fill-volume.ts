import type { DaemonSession } from "@berth/backends/tunnel";
import { markVolumeFilled, remakeBrowse, type VolumeRow, type WorkspaceRow, wantBrowse } from "@berth/db";
import { type ArchiveExtracted, DAEMON_ROUTES, DATA_ROOTS, DomainError, type FileListing } from "@berth/domain";
import { endBrowsing } from "./end-machines.ts";
import type { OperationRun } from "./operation-run.ts";
import { ensureVolume, unfilledVolume } from "./prepare-volume.ts";

const BROWSE_WAIT_MS = 30_000;
const BROWSE_WANTED_SECONDS = 600;

/**
 * `ephemeral` became `persist`: copies what lies on the old machine's own disk onto the new volume, before the swap.
 * The old machine's command is stopped first, so that the files stand still; the volume is emptied first, so that a
 * copy that broke half-way leaves nothing behind.
 */
export async function fillVolume(run: OperationRun, workspace: WorkspaceRow, volume: VolumeRow): Promise<void> {
  const { deps } = run;
  await run.step("Copy the files to the new data volume", async () => {
    const source = await sourceSession(run, workspace, volume);
    if (source) {
      await source.json({ method: "POST", route: DAEMON_ROUTES.quiesce, signal: run.signal }, {});
      const target = await targetSession(run, volume);
      for (const root of DATA_ROOTS) {
        await emptyRoot(target, root, run.signal);
        await copyRoot(source, target, root, run.signal);
      }
    }
    await endBrowsing(deps, volume.id);
    await markVolumeFilled(deps.db, volume.id);
  });
}

/** Before the last machine of a workspace goes: what the setting says is kept, and lies on that machine alone, is saved first. */
export async function saveUnsaved(run: OperationRun): Promise<void> {
  const workspace = await run.workspace();
  const volume = await unfilledVolume(run.deps, workspace);
  if (!volume) return;
  await run.step("Prepare the data volume", () => ensureVolume(run.deps, volume, workspace.compute.diskGb));
  await fillVolume(run, workspace, volume);
}

/** @returns null when the old machine is gone: then there is nothing left to copy. */
async function sourceSession(
  run: OperationRun,
  workspace: WorkspaceRow,
  volume: VolumeRow,
): Promise<DaemonSession | null> {
  const { deps } = run;
  const incarnationId = volume.fillFrom ?? "";
  const session = deps.tunnel.session(incarnationId);
  if (session) return session;
  const ref = { incarnationId, workspaceId: workspace.id };
  const { state } = await deps.gateway.observe(workspace.backend, ref);
  if (state === "absent") return null;
  if (state === "stopped") await deps.gateway.start(workspace.backend, ref);
  return deps.tunnel.waitFor(incarnationId, { signal: waitSignal(run) }).catch(() => {
    throw new DomainError("backend_unavailable", "The old machine does not answer, so its files cannot be copied yet.");
  });
}

async function targetSession(run: OperationRun, volume: VolumeRow): Promise<DaemonSession> {
  const { db, tunnel } = run.deps;
  const row = await wantBrowse(db, {
    workspaceId: volume.workspaceId ?? "",
    volumeId: volume.id,
    backend: volume.backend,
    wantedSeconds: BROWSE_WANTED_SECONDS,
  });
  // One that was lost, or removed by a process that died before it could say so.
  if (row.lastSeenAt !== null && !tunnel.session(row.id)) await remakeBrowse(db, row.id);
  return tunnel.waitFor(row.id, { signal: waitSignal(run) }).catch(() => {
    throw new DomainError("backend_unavailable", "The new data volume could not be opened yet.");
  });
}

const waitSignal = (run: OperationRun): AbortSignal =>
  AbortSignal.any([run.signal, AbortSignal.timeout(BROWSE_WAIT_MS)]);

async function emptyRoot(target: DaemonSession, root: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const query = { root, path: "/", limit: 1000 };
    const { entries } = await target.json<FileListing>({ method: "GET", route: DAEMON_ROUTES.list, query, signal });
    if (entries.length === 0) return;
    for (const { name } of entries) {
      const body = { root, path: `/${name}`, recursive: true };
      await target.json({ method: "POST", route: DAEMON_ROUTES.delete, signal }, body);
    }
  }
}

async function copyRoot(
  source: DaemonSession,
  target: DaemonSession,
  root: string,
  signal: AbortSignal,
): Promise<void> {
  const query = { root, path: "/", format: "tar" };
  const { body } = await source.call({ method: "GET", route: DAEMON_ROUTES.archive, query, signal });
  await target.json<ArchiveExtracted>({ method: "PUT", route: DAEMON_ROUTES.archive, query, body, signal });
}
