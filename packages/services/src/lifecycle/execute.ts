import {
  appendEvents,
  clearTunnel,
  findVolume,
  liveIncarnations,
  type OperationRow,
  retainVolume,
  type WorkspaceRow,
} from "@berth/db";
import { fateOfDelete } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { measureThrough } from "../volumes/measure.ts";
import { bringUp, machineRef } from "./bring-up.ts";
import { concludeFailure, concludeSuccess } from "./conclude.ts";
import { endBrowsing, endMachines } from "./end-machines.ts";
import { eraseVolume } from "./erase-volume.ts";
import { saveUnsaved } from "./fill-volume.ts";
import { OperationRun, Superseded } from "./operation-run.ts";
import { destroyStrangersOf } from "./strangers.ts";
import { volumeMoved } from "./volume-event.ts";
import { recordDeadline } from "./volume-manifest.ts";

/** What each kind of operation does. Every step of every plan may be repeated. */
const PLANS: Record<OperationRow["kind"], (run: OperationRun) => Promise<void>> = {
  create: bringUp,
  restart: bringUp,
  resume: bringUp,
  wake: bringUp,
  recover: bringUp,
  restore: bringUp,
  pause,
  hibernate,
  delete: deleteWorkspace,
  erase: (run) => eraseVolume(run, run.operation.volumeId ?? ""),
};

/** Runs one claimed operation to an end of some kind: done, failed, to be tried again, or no longer wanted. */
export async function executeOperation(
  deps: LifecycleDeps,
  operation: OperationRow,
  signal: AbortSignal,
): Promise<void> {
  const run = new OperationRun(deps, operation, signal);
  try {
    await PLANS[operation.kind](run);
    run.throwIfSuperseded();
    await concludeSuccess(run);
  } catch (error) {
    if (error instanceof Superseded || signal.aborted) return;
    await concludeFailure(run, error);
  }
}

async function pause(run: OperationRun): Promise<void> {
  const workspace = await run.workspace();
  await run.step("Stop the machine and keep it", async () => {
    if (!workspace.incarnationId) return;
    await measureLast(run, workspace);
    await run.deps.gateway.stop(workspace.backend, machineRef(workspace));
    run.deps.tunnel.session(workspace.incarnationId)?.end();
    // Whichever replica held its tunnel: the machine is resumed with a tunnel of its own.
    await clearTunnel(run.deps.db, workspace.incarnationId);
  });
}

async function hibernate(run: OperationRun): Promise<void> {
  await saveUnsaved(run);
  const workspace = await run.workspace();
  await run.step("Release the machine and keep the data volume", async () => {
    await measureLast(run, workspace);
    await endMachines(run.deps, workspace.id, null);
  });
}

const MEASURE_WITHIN_MS = 1_500;

/** While somebody can still say it: how much lies on the volume that is shown from now on without a machine. */
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
  // Once it is kept, another workspace may adopt it before this delete is concluded.
  const kept = found?.workspaceId === workspace.id ? found : undefined;
  await run.step("Remove the machine", async () => {
    if (kept?.state === "attached") await measureLast(run, workspace);
    await endMachines(deps, workspace.id, null);
    await destroyStrangersOf(deps, workspace);
  });
  if (!volumeId || !kept) return;
  if (kept.state === "erasing") return eraseVolume(run, volumeId);
  await run.step("Keep the data volume", async () => {
    await endBrowsing(deps, volumeId);
    const fate = fateOfDelete(workspace.compute.dataPersistence, true, false);
    const graceHours = fate === "grace" ? deps.settings.graceHours : null;
    await deps.db.transaction(async (tx) => {
      const retained = await retainVolume(tx, { id: volumeId, workspaceId: workspace.id }, graceHours);
      // None when the step is taken again, or another workspace has adopted it: that is told where it was done.
      if (retained) await appendEvents(tx, [volumeMoved(retained)]);
    });
    await recordDeadline(deps, volumeId);
  });
}
