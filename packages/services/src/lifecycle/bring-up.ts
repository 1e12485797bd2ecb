import {
  describeIncarnation,
  findIncarnation,
  findVolume,
  insertIncarnation,
  lockWorkspace,
  readBootStep,
  setIncarnation,
  type VolumeRow,
  type WorkspaceRow,
} from "@berth/db";
import { DomainError, settingsFingerprint } from "@berth/domain";
import { hasProgram, requireProgram } from "./agent-health.ts";
import { endBrowsing, endMachines } from "./end-machines.ts";
import { fillVolume } from "./fill-volume.ts";
import { machineSpec } from "./machine-spec.ts";
import { type OperationRun, Superseded } from "./operation-run.ts";
import { ensureVolume, ensureVolumeRow, letGoOfVolume } from "./prepare-volume.ts";
import { startAgain } from "./start-again.ts";
import { freeFromStrangers, stopStrangersOf } from "./strangers.ts";
import { recordUse } from "./volume-manifest.ts";

/** How often a machine is looked at while its daemon is awaited. */
const LOOK_EVERY_MS = 1_000;

/**
 * Makes the workspace's one incarnation run: for create, restart, resume, wake, recover and restore alike. What is
 * there already is left as it is, so a crash anywhere is repaired by running it again.
 */
export async function bringUp(run: OperationRun): Promise<void> {
  if (!(await hasKept(run))) await startAnew(run);
  else if (!(await startKept(run))) {
    await replaceKept(run);
    await startAnew(run);
  }
  await run.step("Wait for the daemon", (progress) => awaitDaemon(run, progress));
  const workspace = await run.workspace();
  if (hasProgram(workspace.runtime)) await run.step("Start the program", () => requireProgram(run.deps, workspace));
}

/**
 * Whether the machine that should run is one from before, which a pause has kept. One that this operation has asked for
 * itself is not: however far an earlier attempt has come with it, it is made ready by making it again.
 */
async function hasKept(run: OperationRun): Promise<boolean> {
  if (run.operation.kind !== "resume") return false;
  const { incarnationId } = machineRef(await run.workspace());
  const row = await findIncarnation(run.deps.db, incarnationId);
  return row !== undefined && row.generation !== run.operation.generation;
}

/**
 * A resume swaps no machine, so it applies no setting either: the kept machine goes on with the storage it has.
 *
 * @returns false when the machine has gone while it was stopped.
 */
async function startKept(run: OperationRun): Promise<boolean> {
  const { deps } = run;
  const workspace = await run.workspace();
  const ref = machineRef(workspace);
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
    if (state === "unknown") throw noAnswer(workspace, reason);
    if (state === "stopped") await startAgain(run, workspace.backend, ref);
    return state !== "absent";
  });
}

/**
 * What takes the place of a machine that has gone is another start, with an identity of its own: an incarnation's machine
 * is made from one spec, and only once. The row of the gone one is closed with the other machines.
 */
async function replaceKept(run: OperationRun): Promise<void> {
  const workspace = await run.workspace();
  const { id: workspaceId, generation, backend } = workspace;
  await run.deps.db.transaction(async (tx) => {
    const now = await lockWorkspace(tx, workspaceId);
    if (now?.generation !== generation) throw new Superseded();
    const { id } = await insertIncarnation(tx, { workspaceId, generation, backend });
    await setIncarnation(tx, workspaceId, id);
  });
}

const noAnswer = ({ backend }: WorkspaceRow, reason: string | null): DomainError =>
  new DomainError("backend_unavailable", reason ?? `The ${backend} backend does not answer.`);

/** Swaps whatever machine there was for a new one, made from the settings as they are now. */
async function startAnew(run: OperationRun): Promise<void> {
  const { deps, operation } = run;
  const workspace = await run.workspace();
  const volume = await ensureVolumeRow(deps, workspace);

  // It is from before this start: somebody may be looking at it, and a machine this database does not know be at work on it.
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
      await endMachines(deps, workspace.id, workspace.incarnationId);
      await stopStrangersOf(deps, workspace);
      if (workspace.volumeId) await endBrowsing(deps, workspace.volumeId);
    });
    if (!volume) await letGoOfVolume(deps, workspace);
  }
  if (volume && isOld) {
    await endBrowsing(deps, volume.id);
    await freeFromStrangers(deps, volume.backend, volume.id);
  }
  await run.step("Start the machine", (progress) => startMachine(run, workspace, volume, progress));
}

/** @param workspace as it was when its volume was chosen: a setting changed since then asks for another restart. */
async function startMachine(
  run: OperationRun,
  workspace: WorkspaceRow,
  volume: VolumeRow | null,
  progress: (message: string) => void,
): Promise<void> {
  const { deps } = run;
  // A delete that came meanwhile must not be followed by a machine.
  await run.workspace();
  const ref = machineRef(workspace);
  const volumeId = volume?.id ?? null;
  const made = { volumeId, fingerprint: settingsFingerprint(workspace) };
  const incarnation = await describeIncarnation(deps.db, ref.incarnationId, made);
  const capabilities = deps.catalog.capabilities(workspace.backend);
  const spec = machineSpec({ installation: deps.installation, workspace, incarnation, volumeId, capabilities });
  const deadline = AbortSignal.timeout(deps.settings.provisionTimeoutSeconds * 1000);
  const signal = AbortSignal.any([run.signal, deadline]);
  try {
    await tellingItsBoot(run, ref.incarnationId, progress, () =>
      deps.gateway.provision(workspace.backend, spec, { signal, onProgress: progress }),
    );
  } catch (error) {
    if (deadline.aborted && !run.signal.aborted) throw tooLate(run, "The machine was not started");
    throw error;
  }
}

export function machineRef(workspace: WorkspaceRow): { incarnationId: string; workspaceId: string } {
  if (!workspace.incarnationId) throw new Superseded();
  return { incarnationId: workspace.incarnationId, workspaceId: workspace.id };
}

/** Ends when the daemon has dialled this process or another replica; fails at once when the machine has stopped. */
async function awaitDaemon(run: OperationRun, progress: (message: string) => void): Promise<void> {
  const { incarnationId } = machineRef(await run.workspace());
  await tellingItsBoot(run, incarnationId, progress, () => lookForDaemon(run));
}

/** Meanwhile passes on what the machine says of its boot, where it says anything. */
async function tellingItsBoot<T>(
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

async function lookForDaemon(run: OperationRun): Promise<void> {
  const { deps, signal } = run;
  const workspace = await run.workspace();
  const { incarnationId, ...ref } = machineRef(workspace);
  const deadline = performance.now() + deps.settings.provisionTimeoutSeconds * 1000;
  for (;;) {
    const look = AbortSignal.any([signal, AbortSignal.timeout(LOOK_EVERY_MS)]);
    const session = await deps.daemons.waitFor(incarnationId, { signal: look }).catch(() => null);
    if (session) return;
    run.throwIfSuperseded();
    // To a replica that this one cannot reach: that is for its operator to mend, and no reason to start again.
    if (await deps.daemons.isConnected(incarnationId)) return;
    const { state, reason } = await deps.gateway.observe(workspace.backend, { incarnationId, ...ref });
    if (state === "stopped" || state === "absent") {
      throw new DomainError(
        "workspace_not_running",
        `The machine ended before its daemon called home${reason ? `: ${reason}` : ""}.`,
      );
    }
    if (performance.now() > deadline) throw tooLate(run, "The daemon did not call home");
  }
}

/** Each wait has its own time, on the server's clock: a long copy before it takes nothing away. */
function tooLate(run: OperationRun, what: string): DomainError {
  const { provisionTimeoutSeconds } = run.deps.settings;
  return new DomainError(
    "workspace_not_running",
    `${what} within ${provisionTimeoutSeconds} seconds. Look at the boot log, then restart.`,
    { retryable: false },
  );
}
