import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, rm, stat, truncate } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bootVariable } from "../daemon-program.ts";
import { Once } from "../once.ts";
import type { BackendOptions } from "../options.ts";
import { isMissing, unavailable } from "../problems.ts";
import { workspaceEnvironment } from "./environment.ts";
import type { InstanceFolder, InstanceRecord } from "./instance-store.ts";
import { type Confinement, probeConfinement } from "./namespaces.ts";
import {
  childrenOf,
  findByEnvironment,
  identify,
  isAlive,
  type ProcessIdentity,
  signalProcess,
  topmost,
} from "./process-identity.ts";
import { ensureLocalRuntime, type LocalRuntime } from "./runtime.ts";
import type { LocalVolumes } from "./volumes.ts";

const LOG_BYTES_KEPT = 4 * 1024 * 1024;
const GRACE_MS = 10_000;
const KILL_MS = 5000;

/** A variable in the environment of every process of an instance. */
const MARKER = "BERTH_INCARNATION";
const DIRECTORY_MARKER = "BERTH_DATA_DIRECTORY_ID";

interface LauncherOptions extends BackendOptions {
  directoryId: string;
  environment: Readonly<Record<string, string | undefined>>;
  namespaces?: "auto" | "never";
}

interface LaunchContext {
  runtime: LocalRuntime;
  confinement: Confinement;
  scratch: string;
}

/** Starts, recognises and ends the processes of instances. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #environment: Record<string, string>;
  readonly #volumes: LocalVolumes;
  readonly #context: Once<LaunchContext>;

  constructor(options: LauncherOptions, volumes: LocalVolumes) {
    this.#options = options;
    this.#environment = workspaceEnvironment(options.environment);
    this.#volumes = volumes;
    this.#context = new Once(() => this.#prepare());
  }

  async #prepare(): Promise<LaunchContext> {
    const { dataDirectory, daemon, tunnel, log } = this.#options;
    const runtime = await ensureLocalRuntime(dataDirectory, daemon);
    const scratch = path.join(dataDirectory, "runtime", "root");
    await mkdir(scratch, { recursive: true });
    if (this.#options.namespaces === "never") return { runtime, scratch, confinement: { kind: "paths" } };
    const inSight = [dataDirectory, path.dirname(tunnel.socketPath)];
    const confinement = await probeConfinement({ launchScript: runtime.launchScript, scratch, inSight, log });
    return { runtime, confinement, scratch };
  }

  /** The instance's process; null when it is not running. */
  async running(record: InstanceRecord): Promise<ProcessIdentity | null> {
    // The record was copied with the data directory, so the process belongs to the original.
    if ((record.directoryId ?? this.#options.directoryId) !== this.#options.directoryId) return null;
    if (record.process !== null) return (await isAlive(record.process)) ? record.process : null;
    if (!record.starting) return null;
    // The API was killed between starting the process and recording it.
    const [pid] = await topmost(await this.#processesOf(record));
    return pid === undefined ? null : identify(pid);
  }

  /** Starts the instance unless it runs. */
  async launch(folder: InstanceFolder, record: InstanceRecord, tunnelToken: string): Promise<void> {
    const context = await this.#context.get();
    const running = await this.running(record);
    if (running !== null) return folder.write({ ...record, starting: false, process: running });
    const inNamespaces = context.confinement.kind === "namespaces";
    const { directoryId } = this.#options;
    const starting: InstanceRecord = { ...record, directoryId, starting: true, process: null, inNamespaces };
    await folder.write(starting);
    await rm(folder.exitCode, { force: true });
    const started = await this.#spawn(context, folder, record, tunnelToken);
    await folder.write({ ...starting, starting: false, process: started });
  }

  async #spawn(
    context: LaunchContext,
    folder: InstanceFolder,
    { spec }: InstanceRecord,
    tunnelToken: string,
  ): Promise<ProcessIdentity | null> {
    const data = spec.volumeId === null ? folder.ownData : this.#volumes.parts(spec.volumeId);
    const { file, args, roots } = commandLine(context, folder, data);
    const boot = bootVariable(spec, {
      tunnelToken,
      tunnelUrl: `ws+unix:${this.#options.tunnel.socketPath}:/tunnel`,
      roots,
      stateDirectory: folder.daemonState,
      measures: "processes",
    });
    await limitLog(folder.log);
    const log = await open(folder.log, "a", 0o600);
    try {
      const child = spawn(file, args, {
        cwd: data.workspace,
        detached: true,
        env: {
          ...this.#environment,
          HOME: roots["/agent-home"],
          [MARKER]: spec.incarnationId,
          [DIRECTORY_MARKER]: this.#options.directoryId,
        },
        stdio: ["pipe", log.fd, log.fd],
      });
      await once(child, "spawn");
      // The reader may have exited already. Its exit code shows the reason.
      child.stdin?.on("error", () => {});
      child.stdin?.end(boot);
      child.unref();
      return child.pid === undefined ? null : await identify(child.pid);
    } finally {
      await log.close();
    }
  }

  /** Ends every process of the instance. With `graceful`, sends TERM first and waits. */
  async end(record: InstanceRecord, { graceful }: { graceful: boolean }): Promise<void> {
    const running = await this.running(record);
    if (running !== null) {
      const init = record.inNamespaces ? await initOf(running) : running;
      if (graceful && init !== null) {
        await signalProcess(init, "SIGTERM");
        await untilDead(running, GRACE_MS);
      }
      await killTree(running, init);
    }
    if (!record.inNamespaces) await killAll(() => this.#processesOf(record));
  }

  /** Excludes processes of the same incarnation that a copied data directory has started. */
  #processesOf({ spec }: InstanceRecord): Promise<number[]> {
    const ours = `${DIRECTORY_MARKER}=${this.#options.directoryId}`;
    return findByEnvironment((environment) => {
      if (!environment.has(`${MARKER}=${spec.incarnationId}`)) return false;
      // Processes from before directories had ids carry no marker.
      return environment.has(ours) || ![...environment].some((entry) => entry.startsWith(`${DIRECTORY_MARKER}=`));
    });
  }
}

/** PID 1 of the instance's namespace, which is the only child of `unshare`. */
async function initOf(unshare: ProcessIdentity): Promise<ProcessIdentity | null> {
  const [pid] = await childrenOf(unshare.pid);
  return pid === undefined ? null : identify(pid);
}

/** When PID 1 is killed, the kernel kills its whole namespace. Without namespaces, only the process group is killed. */
async function killTree(top: ProcessIdentity, init: ProcessIdentity | null): Promise<void> {
  if (init !== null && init.pid !== top.pid) {
    await signalProcess(init, "SIGKILL");
    await untilDead(top, KILL_MS);
  }
  await signalProcess(top, "SIGKILL", { group: true });
  if (!(await untilDead(top, KILL_MS))) throw unavailable("The workspace's processes do not end.");
}

/** Kills processes that left the process group, as daemonized programs do, until a search finds none. */
async function killAll(find: () => Promise<number[]>): Promise<void> {
  for (const deadline = performance.now() + KILL_MS; ; await pause(10)) {
    const pids = await find();
    if (pids.length === 0) return;
    if (performance.now() > deadline) throw unavailable("The workspace's processes do not end.");
    for (const remaining of await Promise.all(pids.map(identify))) {
      if (remaining !== null) await signalProcess(remaining, "SIGKILL");
    }
  }
}

async function untilDead(target: ProcessIdentity, withinMs: number): Promise<boolean> {
  for (const deadline = performance.now() + withinMs; performance.now() < deadline; await pause(10)) {
    if (!(await isAlive(target))) return true;
  }
  return !(await isAlive(target));
}

interface CommandLine {
  file: string;
  args: string[];
  roots: { "/workspace": string; "/configs": string; "/agent-home": string };
}

function commandLine(
  context: LaunchContext,
  folder: InstanceFolder,
  data: { workspace: string; configs: string },
): CommandLine {
  const { runtime, confinement, scratch } = context;
  const program = [folder.exitCode, runtime.node, runtime.daemon];
  if (confinement.kind === "paths") {
    const roots = { "/workspace": data.workspace, "/configs": data.configs, "/agent-home": folder.home };
    return { file: "/bin/sh", args: [runtime.launchScript, "run", ...program], roots };
  }
  const enter = [
    "/bin/sh",
    runtime.launchScript,
    "enter",
    scratch,
    data.workspace,
    data.configs,
    folder.home,
    ...program,
  ];
  const roots = { "/workspace": "/workspace", "/configs": "/configs", "/agent-home": "/agent-home" };
  return { file: "unshare", args: [...confinement.unshare, "--", ...enter], roots };
}

/** Truncates the log between two runs, when nothing writes to it. */
async function limitLog(log: string): Promise<void> {
  try {
    if ((await stat(log)).size > LOG_BYTES_KEPT) await truncate(log, 0);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
