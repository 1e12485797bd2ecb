import {
  describeIncarnation,
  findIncarnation,
  findVolume,
  inTransaction,
  lockWorkspace,
  readBootStep,
  type VolumeRow,
  type WorkspaceRow,
} from "@berth/db";
import { DomainError, settingsFingerprint } from "@berth/domain";
import { hasProgram, requireProgram } from "../../instances/agent-health.ts";
import { endBrowsing, endInstances } from "../../instances/end.ts";
import { instanceSpec } from "../../instances/spec.ts";
import { startStopped } from "../../instances/start-stopped.ts";
import { destroyUntrackedOnVolume, stopUntrackedOf } from "../../instances/untracked.ts";
import { recordUse } from "../../volumes/manifest.ts";
import { ensureVolume, ensureVolumeRow, releaseVolume } from "../../volumes/prepare.ts";
import { replaceIncarnation } from "../request.ts";
import { instanceRef, type OperationRun, Superseded } from "../run.ts";
import { fillVolume } from "./fill-volume.ts";

/** How often the instance is observed during the wait for its daemon. */
const POLL_MS = 1_000;

/**
 * Starts the workspace's incarnation, for create, restart, resume, wake, recover and restore. Steps that are
 * already done have no effect, so running the plan again repairs a crash at any point.
 */
export async function startInstance(run: OperationRun): Promise<void> {
  if (!(await hasKeptInstance(run))) await startNew(run);
  else if (!(await startKept(run))) {
    await replaceKept(run);
    await startNew(run);
  }
  await run.step("Wait for the daemon", (progress) => awaitDaemon(run, progress));
  const workspace = await run.workspace();
  if (hasProgram(workspace.runtime)) await run.step("Start the program", () => requireProgram(run.deps, workspace));
}

/**
 * Whether a pause has kept the instance that should run. An instance created by an earlier attempt of this operation
 * does not count, because it is provisioned again.
 */
async function hasKeptInstance(run: OperationRun): Promise<boolean> {
  if (run.operation.kind !== "resume") return false;
  const { incarnationId } = instanceRef(await run.workspace());
  const row = await findIncarnation(run.deps.db, incarnationId);
  return row !== undefined && row.generation !== run.operation.generation;
}

/**
 * Starts the kept instance with the settings and storage it has.
 *
 * @returns false when the instance no longer exists.
 */
async function startKept(run: OperationRun): Promise<boolean> {
  const { deps } = run;
  const workspace = await run.workspace();
  const ref = instanceRef(workspace);
  const volume = workspace.volumeId ? await findVolume(deps.db, workspace.volumeId) : undefined;
  if (volume) {
    await run.step("Prepare the data volume", async () => {
      await ensureVolume(deps, volume);
      await recordUse(deps, volume.id, workspace);
      await endBrowsing(deps, volume.id);
    });
  }
  return run.step("Start the machine", async () => {
    const { state, reason } = await deps.gateway.observe(workspace.backend, ref);
    if (state === "unknown") throw backendUnavailable(workspace, reason);
    if (state !== "stopped") return state !== "absent";
    try {
      await startStopped(run, workspace.backend, ref);
      return true;
    } catch (error) {
      // It has disappeared, or lacks something that it needs to start again.
      if (error instanceof DomainError && error.problem.code === "not_found") return false;
      throw error;
    }
  });
}

/**
 * The kept instance no longer exists. An incarnation creates its instance only once, so the workspace gets a new one.
 */
async function replaceKept(run: OperationRun): Promise<void> {
  const workspace = await run.workspace();
  await inTransaction(run.deps.db, async (tx) => {
    const now = await lockWorkspace(tx, workspace.id);
    if (now?.generation !== workspace.generation) throw new Superseded();
    await replaceIncarnation(tx, workspace);
  });
}

const backendUnavailable = ({ backend }: WorkspaceRow, reason: string | null): DomainError =>
  new DomainError("backend_unavailable", reason ?? `The ${backend} backend does not respond.`);

/** Replaces the old instance, if any, with a new one that has the current settings. */
async function startNew(run: OperationRun): Promise<void> {
  const { deps, operation } = run;
  const workspace = await run.workspace();
  const volume = await ensureVolumeRow(deps, workspace);

  // A browse instance or an untracked instance may still mount an existing volume.
  const isOld = volume?.madeAt != null;
  const { diskGb } = workspace.compute;
  if (volume) {
    await run.step("Prepare the data volume", async () => {
      await ensureVolume(deps, volume, diskGb);
      await recordUse(deps, volume.id, workspace);
    });
  }
  if (volume?.fillFrom) await fillVolume(run, workspace, volume);
  if (operation.kind !== "create") {
    await run.step("Stop the old machine", async () => {
      if (operation.kind === "restart") {
        deps.log("info", { evt: "restart.pre_stop", workspaceId: workspace.id, backend: workspace.backend });
      }
      await endInstances(deps, workspace, workspace.incarnationId);
      await stopUntrackedOf(deps, workspace);
      if (workspace.volumeId) await endBrowsing(deps, workspace.volumeId);
    });
    if (!volume) await releaseVolume(deps, workspace);
  }
  if (volume && isOld) {
    await endBrowsing(deps, volume.id);
    await destroyUntrackedOnVolume(deps, volume.backend, volume.id);
  }
  await run.step("Start the machine", (progress) => provisionInstance(run, workspace, volume, progress));
}

/** @param the workspace at the time its volume was chosen. A later change of settings requires another restart. */
async function provisionInstance(
  run: OperationRun,
  workspace: WorkspaceRow,
  volume: VolumeRow | null,
  progress: (message: string) => void,
): Promise<void> {
  const { deps } = run;
  // Throws when a delete has been requested.
  await run.workspace();
  const ref = instanceRef(workspace);
  const volumeId = volume?.id ?? null;
  const made = { volumeId, fingerprint: settingsFingerprint(workspace) };
  const incarnation = await describeIncarnation(deps.db, ref.incarnationId, made);
  const capabilities = deps.catalog.capabilities(workspace.backend);
  const spec = instanceSpec({ installation: deps.installation, workspace, incarnation, volumeId, capabilities });
  const deadline = AbortSignal.timeout(deps.settings.provisionTimeoutSeconds * 1000);
  const signal = AbortSignal.any([run.signal, deadline]);
  try {
    await reportBoot(run, ref.incarnationId, progress, () =>
      deps.gateway.provision(workspace.backend, spec, { signal, onProgress: progress }),
    );
  } catch (error) {
    if (deadline.aborted && !run.signal.aborted) throw tooLate(run, "The machine was not started");
    throw error;
  }
}

/** Waits until the daemon has connected to any replica. Fails at once when the instance has stopped. */
async function awaitDaemon(run: OperationRun, progress: (message: string) => void): Promise<void> {
  const { incarnationId } = instanceRef(await run.workspace());
  await reportBoot(run, incarnationId, progress, () => pollForDaemon(run));
}

/** Reports the instance's boot messages as progress while `work` runs. */
async function reportBoot<T>(
  { deps }: OperationRun,
  incarnationId: string,
  progress: (message: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const unsubscribe = deps.listener.on("berth_boot", (payload) => {
    const step = readBootStep(payload);
    if (step?.incarnationId === incarnationId) progress(step.message);
  });
  try {
    return await work();
  } finally {
    unsubscribe();
  }
}

async function pollForDaemon(run: OperationRun): Promise<void> {
  const { deps, signal } = run;
  const workspace = await run.workspace();
  const { incarnationId, ...ref } = instanceRef(workspace);
  const deadline = performance.now() + deps.settings.provisionTimeoutSeconds * 1000;
  for (;;) {
    const pollSignal = AbortSignal.any([signal, AbortSignal.timeout(POLL_MS)]);
    const session = await deps.daemons.waitFor(incarnationId, { signal: pollSignal }).catch(() => null);
    if (session) return;
    run.throwIfSuperseded();
    // The daemon is connected to a replica that this one cannot reach: a network problem, not a problem of the
    // instance.
    if (await deps.daemons.isConnected(incarnationId)) return;
    const { state, reason } = await deps.gateway.observe(workspace.backend, { incarnationId, ...ref });
    if (state === "stopped" || state === "absent") {
      throw new DomainError(
        "workspace_not_running",
        `The machine ended before its daemon connected${reason ? `: ${reason}` : ""}.`,
      );
    }
    if (performance.now() > deadline) throw tooLate(run, "The daemon did not connect");
  }
}

/** Each wait has its own time limit, so a long copy before it does not reduce it. */
function tooLate(run: OperationRun, what: string): DomainError {
  const { provisionTimeoutSeconds } = run.deps.settings;
  return new DomainError(
    "workspace_not_running",
    `${what} within ${provisionTimeoutSeconds} seconds. Check the boot log, then restart.`,
    { retryable: false },
  );
}
