import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type Dockerode from "dockerode";
import type { Backend, IncarnationRef, InstanceSpec } from "../backend.ts";
import { connectDocker, doneWhen } from "../docker/engine.ts";
import { createDockerBackend, type DockerBackendOptions } from "../docker/index.ts";
import { containerName, dataVolumeNames, LABEL, labelFilter, networkName, storeMarkerName } from "../docker/names.ts";
import { createLocalBackend, type LocalBackendOptions } from "../local/index.ts";
import { createMemoryBackend, type MemoryBackendOptions } from "../memory/index.ts";
import type { BackendLogRecord, BackendOptions, DaemonProgram } from "../options.ts";
import { type ContractHarness, type ContractSubject, claimStore, removeEverything } from "./contract-harness.ts";
import { TunnelHarness } from "./tunnel-harness.ts";

type StartDaemon = MemoryBackendOptions["startDaemon"];

export function memorySubject(startDaemon: StartDaemon): ContractSubject {
  return {
    name: "memory",
    kind: "memory",
    async open() {
      const tunnel = await TunnelHarness.open();
      const make = () => createMemoryBackend({ tunnel, startDaemon });
      const [backend, other, unreachable, unmarked, swapped] = [make(), make(), make(), make(), make()];
      const all = [backend, other, unreachable, unmarked, swapped];
      await claimStore(...all);
      unreachable.faults.setReachable(false);
      unmarked.faults.setStoreId(null);
      swapped.faults.setStoreId(randomUUID());
      return {
        ...{ backend, other, unreachable, unmarked, swapped, tunnel },
        replica: "its instances live in one process",
        machinesOf: async (id) =>
          (await backend.instances.list()).map((each) => each.incarnationId).filter((each) => each === id),
        startTwin: "an incarnation is the key of its one instance",
        instanceFolder: () => "",
        losePart: (volumeId) => backend.faults.losePart(volumeId, "configs"),
        kill: (ref) => backend.faults.kill(ref.incarnationId),
        async [Symbol.asyncDispose]() {
          for (const each of all) await each.close();
          await tunnel[Symbol.asyncDispose]();
        },
      };
    },
  };
}

export function localSubject(daemon: DaemonProgram, namespaces: "auto" | "never"): ContractSubject {
  return {
    name: namespaces === "auto" ? "local" : "local, without namespaces,",
    kind: "local",
    async open() {
      const tunnel = await TunnelHarness.open();
      const root = await mkdtemp(path.join(tmpdir(), "berth-local-"));
      const installationId = randomUUID();
      const make = (folder: string, changes: Partial<LocalBackendOptions> = {}) => {
        const options = { ...harnessOptions(path.join(root, folder), tunnel, daemon), installationId, ...changes };
        return createLocalBackend({ ...options, directoryId: randomUUID(), environment: process.env, namespaces });
      };
      await writeFile(path.join(root, "not-a-folder"), "");
      await mkdir(path.join(root, "unmounted", "volumes"), { recursive: true });
      const [backend, swapped] = [make("one"), make("one")];
      const other = make("two", { installationId: randomUUID() });
      const [unreachable, unmarked] = [make("not-a-folder"), make("unmounted")];
      await claimStore(backend, other);
      for (const each of [unreachable, unmarked, swapped]) each.store.expect(randomUUID());
      const twins: ChildProcess[] = [];
      return {
        ...{ backend, other, unreachable, unmarked, swapped, tunnel },
        replica: "one API process at a time owns the data directory",
        machinesOf: async (incarnationId) => topProcesses(incarnationId),
        async startTwin({ incarnationId }) {
          const program = path.join(root, "daemon.cjs");
          await writeFile(program, "setInterval(() => {}, 1000);");
          twins.push(spawn(process.execPath, [program], { env: { INCARNATION: incarnationId }, stdio: "ignore" }));
        },
        instanceFolder: (incarnationId) => path.join(root, "one", "instances", incarnationId),
        losePart: (volumeId) => rm(path.join(root, "one", "volumes", volumeId, "workspace"), { recursive: true }),
        async kill(ref) {
          for (const pid of await topProcesses(ref.incarnationId)) process.kill(Number(pid), "SIGKILL");
        },
        async [Symbol.asyncDispose]() {
          for (const twin of twins) twin.kill("SIGKILL");
          for (const each of [backend, other]) await removeEverything(each);
          await tunnel[Symbol.asyncDispose]();
          await rm(root, { recursive: true });
        },
      } satisfies ContractHarness;
    },
  };
}

/** Pids of an instance's daemons as the system lists them. */
async function topProcesses(incarnationId: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const isDaemon = async (pid: string) => {
    const [environment, command] = await Promise.all(
      ["environ", "cmdline"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
    );
    return environment?.includes(incarnationId) && command?.split("\0")[1]?.endsWith("daemon.cjs");
  };
  const found = await Promise.all(pids.map(isDaemon));
  return pids.filter((_, index) => found[index]);
}

export interface DockerHarnessOptions {
  host: string | undefined;
  defaultImage: string;
  daemon: DaemonProgram;
  /** Overrides the harness's own options. */
  options?: Partial<DockerBackendOptions>;
}

/** Two installations on one engine. Disposal removes everything of both. */
export async function openDockerHarness({ host, defaultImage, daemon, options }: DockerHarnessOptions) {
  const docker = connectDocker(host);
  const tunnel = await TunnelHarness.open();
  const logged: BackendLogRecord[] = [];
  const common = {
    ...harnessOptions("/nowhere", tunnel, daemon),
    defaultImage,
    log: (record: BackendLogRecord) => void logged.push(record),
  };
  const make = (changes: Partial<DockerBackendOptions>) =>
    createDockerBackend({ ...common, ...(host === undefined ? {} : { host }), ...options, ...changes });
  const otherId = randomUUID();
  const twins: Dockerode.Container[] = [];
  const [backend, replica, other] = [make({}), make({}), make({ installationId: otherId })];
  const unreachable = make({ host: "unix:///nowhere/docker.sock" });
  const [unmarked, swapped] = [make({ installationId: randomUUID() }), make({})];
  await claimStore(backend, replica, other);
  for (const each of [unreachable, unmarked, swapped]) each.store.expect(randomUUID());
  return {
    ...{ backend, replica, other, unreachable, unmarked, swapped, tunnel, docker, logged },
    installationId: common.installationId,
    async machinesOf(incarnationId: string) {
      const filters = labelFilter(`${LABEL.incarnation}=${incarnationId}`);
      return (await docker.listContainers({ all: true, filters: JSON.stringify(filters) })).map(({ Id }) => Id);
    },
    async startTwin({ incarnationId }: InstanceSpec) {
      const Labels = { [LABEL.incarnation]: incarnationId };
      twins.push(await docker.createContainer({ Image: defaultImage, Cmd: ["sleep", "1000"], Labels }));
    },
    instanceFolder: () => "",
    losePart: (volumeId: string) => docker.getVolume(dataVolumeNames(volumeId).configs).remove(),
    kill: (ref: IncarnationRef) =>
      docker
        .getContainer(containerName(ref.incarnationId))
        .kill({ signal: "SIGKILL" })
        .then(() => {}),
    async [Symbol.asyncDispose]() {
      for (const twin of twins) await twin.remove({ force: true });
      for (const each of [backend, other] satisfies Backend[]) await removeEverything(each);
      for (const id of [common.installationId, otherId]) {
        await doneWhen([404], docker.getNetwork(networkName(id)).remove());
        await doneWhen([404], docker.getVolume(storeMarkerName(id)).remove());
      }
      await tunnel[Symbol.asyncDispose]();
    },
  };
}

export const dockerSubject = (options: DockerHarnessOptions): ContractSubject => ({
  name: "docker",
  kind: "docker",
  open: () => openDockerHarness(options),
});

function harnessOptions(dataDirectory: string, tunnel: TunnelHarness, daemon: DaemonProgram): BackendOptions {
  return {
    installationId: randomUUID(),
    dataDirectory,
    tunnel: { socketPath: tunnel.socketPath, url: "ws://127.0.0.1:1/tunnel" },
    daemon,
    log: () => {},
  };
}
