import { describeIncarnation, findIncarnation, type VolumeRow, type WorkspaceRow } from "@berth/db";
import { DomainError, settingsFingerprint } from "@berth/domain";
import { endBrowsing, endMachines } from "./end-machines.ts";
import { fillVolume } from "./fill-volume.ts";
import { machineSpec } from "./machine-spec.ts";
import { type OperationRun, Superseded } from "./operation-run.ts";
import { ensureVolume, ensureVolumeRow, letGoOfVolume } from "./prepare-volume.ts";

/** How often a machine is looked at while its daemon is awaited. */
const LOOK_EVERY_MS = 1_000;

/**
 * Makes the workspace's one incarnation run: for create, restart, resume, wake, recover and restore alike. What is
 * there already is left as it is, so a crash anywhere is repaired by running it again.
 */
export async function bringUp(run: OperationRun): Promise<void> {
  const { deps, operation } = run;
  const workspace = await run.workspace();
  const volume = await ensureVolumeRow(deps, workspace);

  if (volume) await run.step("Prepare the data volume", () => ensureVolume(deps, volume));
  if (volume?.fillFrom) await fillVolume(run, workspace, volume);
  if (operation.kind !== "create") {
    await run.step("Stop the old machine", async () => {
      if (operation.kind === "restart") {
        deps.log("info", { evt: "restart.pre_stop", workspaceId: workspace.id, backend: workspace.backend });
      }
      await endMachines(deps, workspace.id, workspace.incarnationId);
      if (workspace.volumeId) await endBrowsing(deps, workspace.volumeId);
    });
    if (!volume) await letGoOfVolume(deps, workspace);
  }
  await run.step("Start the machine", (progress) => startMachine(run, volume, progress));
  await run.step("Wait for the daemon", () => awaitDaemon(run));
}

async function startMachine(
  run: OperationRun,
  volume: VolumeRow | null,
  progress: (message: string) => void,
): Promise<void> {
  const { deps } = run;
  // Read again: a delete that came meanwhile must not be followed by a machine.
  const workspace = await run.workspace();
  const ref = machineRef(workspace);
  const volumeId = volume?.id ?? null;
  const observed = run.operation.kind === "resume" ? await deps.door.observe(workspace.backend, ref) : null;
  if (observed?.state === "unknown") {
    throw new DomainError(
      "backend_unavailable",
      observed.reason ?? `The ${workspace.backend} backend does not answer.`,
    );
  }
  if (observed?.state === "stopped") return deps.door.start(workspace.backend, ref);
  if (observed?.state === "running") return;

  await describeIncarnation(deps.db, ref.incarnationId, { volumeId, fingerprint: settingsFingerprint(workspace) });
  const capabilities = deps.catalog.capabilities(workspace.backend);
  const spec = machineSpec({ installation: deps.installation, workspace, ...ref, volumeId, capabilities });
  await deps.door.provision(workspace.backend, spec, { signal: run.signal, onProgress: progress });
}

export function machineRef(workspace: WorkspaceRow): { incarnationId: string; workspaceId: string } {
  if (!workspace.incarnationId) throw new Superseded();
  return { incarnationId: workspace.incarnationId, workspaceId: workspace.id };
}

/** Ends when the daemon has dialled this process or another replica; fails at once when the machine has stopped. */
async function awaitDaemon(run: OperationRun): Promise<void> {
  const { deps, signal } = run;
  const { backend, ...workspace } = await run.workspace();
  const ref = machineRef({ backend, ...workspace });
  for (;;) {
    const look = AbortSignal.any([signal, AbortSignal.timeout(LOOK_EVERY_MS)]);
    const session = await deps.tunnel.waitFor(ref.incarnationId, { signal: look }).catch(() => null);
    if (session) return;
    run.throwIfSuperseded();
    if (await dialledElsewhere(run, ref.incarnationId)) return;
    const { state, reason } = await deps.door.observe(backend, ref);
    if (state === "stopped" || state === "absent") {
      throw new DomainError(
        "workspace_not_running",
        `The machine ended before its daemon called home${reason ? `: ${reason}` : ""}.`,
      );
    }
    throwIfLate(run);
  }
}

async function dialledElsewhere(run: OperationRun, incarnationId: string): Promise<boolean> {
  if (run.operation.kind === "resume") return false;
  const row = await findIncarnation(run.deps.db, incarnationId);
  return row?.lastSeenAt != null;
}

/** @throws DomainError when the operation has used up its time, on the server's clock. */
export function throwIfLate(run: OperationRun): void {
  const { provisionTimeoutSeconds } = run.deps.settings;
  const startedAt = run.operation.startedAt?.getTime() ?? Date.now();
  if (Date.now() - startedAt < provisionTimeoutSeconds * 1000) return;
  throw new DomainError(
    "workspace_not_running",
    `The daemon did not call home within ${provisionTimeoutSeconds} seconds. Look at the boot log, then restart.`,
    { retryable: false },
  );
}
