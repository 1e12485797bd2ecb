import {
  clearTunnel,
  findVolume,
  inTransaction,
  liveIncarnations,
  type OperationRow,
  retainVolume,
  type WorkspaceRow,
} from "@berth/db";
import { fateOfDelete, volumeChanged } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { endBrowsing, endInstances } from "../instances/end.ts";
import { destroyUntrackedOf } from "../instances/untracked.ts";
import { recordDeadline } from "../volumes/manifest.ts";
import { measureThrough } from "../volumes/measure.ts";
import { finishFailed, finishSucceeded } from "./finish.ts";
import { eraseVolume } from "./plans/erase-volume.ts";
import { saveUnsaved } from "./plans/fill-volume.ts";
import { startInstance } from "./plans/start-instance.ts";
import { instanceRef, OperationRun, Superseded } from "./run.ts";

/** The plan of each kind of operation. Every step may run more than once. */
const PLANS: Record<OperationRow["kind"], (run: OperationRun) => Promise<void>> = {
  create: startInstance,
  restart: startInstance,
  resume: startInstance,
  wake: startInstance,
  recover: startInstance,
  restore: startInstance,
  pause,
  hibernate,
  delete: deleteWorkspace,
  erase: (run) => eraseVolume(run, run.operation.volumeId ?? ""),
};

/** Runs one claimed operation until it has succeeded, failed, is queued for a retry, or was superseded. */
export async function executeOperation(
  deps: LifecycleDeps,
  operation: OperationRow,
  signal: AbortSignal,
): Promise<void> {
  const run = new OperationRun(deps, operation, signal);
  try {
    await PLANS[operation.kind](run);
    run.throwIfSuperseded();
    await finishSucceeded(run);
  } catch (error) {
    if (error instanceof Superseded || signal.aborted) return;
    await finishFailed(run, error);
  }
}

async function pause(run: OperationRun): Promise<void> {
  const workspace = await run.workspace();
  await run.step("Stop the machine and keep it", async () => {
    if (!workspace.incarnationId) return;
    await measureLast(run, workspace);
    await run.deps.gateway.stop(workspace.backend, instanceRef(workspace));
    run.deps.tunnel.session(workspace.incarnationId)?.end();
    // To any replica, because a resumed instance opens a new tunnel.
    await clearTunnel(run.deps.db, workspace.incarnationId);
  });
}

async function hibernate(run: OperationRun): Promise<void> {
  await saveUnsaved(run);
  const workspace = await run.workspace();
  await run.step("Release the machine and keep the data volume", async () => {
    await measureLast(run, workspace);
    await endInstances(run.deps, workspace, null);
  });
}

const MEASURE_WITHIN_MS = 1_500;

/** Measures the volume while its daemon still runs, for lists of saved data. */
async function measureLast({ deps, signal }: OperationRun, workspace: WorkspaceRow): Promise<void> {
  for (const { id, volumeId } of await liveIncarnations(deps.db, workspace.id)) {
    const session = await deps.daemons.find(id);
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(MEASURE_WITHIN_MS)]);
    if (session && volumeId) await measureThrough(deps, session, volumeId, bounded);
  }
}

async function deleteWorkspace(run: OperationRun): Promise<void> {
  const { deps } = run;
  await saveUnsaved(run);
  const workspace = await run.workspace();
  const { volumeId } = workspace;
  const found = volumeId ? await findVolume(deps.db, volumeId) : undefined;
  // Another workspace may adopt the retained volume before this delete has finished.
  const kept = found?.workspaceId === workspace.id ? found : undefined;
  await run.step("Remove the machine", async () => {
    if (kept?.state === "attached") await measureLast(run, workspace);
    await endInstances(deps, workspace, null);
    await destroyUntrackedOf(deps, workspace);
  });
  if (!volumeId || !kept) return;
  if (kept.state === "erasing") return eraseVolume(run, volumeId);
  await run.step("Keep the data volume", async () => {
    await endBrowsing(deps, volumeId);
    const fate = fateOfDelete(workspace.compute.dataPersistence, true, false);
    const graceHours = fate === "grace" ? deps.settings.graceHours : null;
    await inTransaction(deps.db, async (tx) => {
      const retained = await retainVolume(tx, { id: volumeId, workspaceId: workspace.id }, graceHours);
      // No event when the step is repeated or another workspace has adopted the volume.
      if (retained) tx.emit(volumeChanged(retained));
    });
    await recordDeadline(deps, volumeId);
  });
}
