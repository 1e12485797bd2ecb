import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { type DaemonBoot, DomainError, KeyedLock } from "@berth/domain";
import type {
  BootLog,
  IncarnationRef,
  InstanceBackend,
  InstanceObservation,
  InstanceSpec,
  ListedInstance,
  ProvisionOptions,
} from "../backend.ts";
import { assertId } from "../ids.ts";
import { instanceNotFound, messageOf, volumeNotFound } from "../problems.ts";
import { tailOf } from "../tail.ts";
import type { MemoryFaults } from "./faults.ts";
import type { MemoryVolumes } from "./volumes.ts";

/** The daemon's `startDaemon`, injected because this package must not depend on an app. */
export type StartDaemon = (
  boot: DaemonBoot,
  options: { log(line: string): void },
) => Promise<{ close(): Promise<void> }>;

interface Instance {
  spec: InstanceSpec;
  folder: string;
  createdAt: Date;
  daemon: { close(): Promise<void> } | null;
  reason: string | null;
  log: string[];
}

const LOG_LINES_KEPT = 10_000;

export class MemoryInstances implements InstanceBackend {
  readonly #instances = new Map<string, Instance>();
  readonly #lock = new KeyedLock();
  readonly #options: { folder: string; socketPath: string; startDaemon: StartDaemon };
  readonly #volumes: MemoryVolumes;
  readonly #faults: MemoryFaults;

  constructor(
    options: { folder: string; socketPath: string; startDaemon: StartDaemon },
    { volumes, faults }: { volumes: MemoryVolumes; faults: MemoryFaults },
  ) {
    this.#options = options;
    this.#volumes = volumes;
    this.#faults = faults;
    faults.onKill((incarnationId) => this.#end(incarnationId, "killed by a fault"));
  }

  async provision(spec: InstanceSpec, { signal }: ProvisionOptions): Promise<void> {
    signal.throwIfAborted();
    if (spec.image !== null) {
      throw new DomainError(
        "unsupported_by_backend",
        "The memory backend has no images. Remove the image, or choose the docker backend.",
      );
    }
    await this.#faults.beforeProvision(signal);
    await this.#lock.run(assertId(spec.incarnationId, "incarnation id"), async () => {
      if (spec.volumeId !== null && !this.#volumes.isWhole(spec.volumeId)) throw volumeNotFound();
      await this.#run(this.#instances.get(spec.incarnationId) ?? this.#make(spec), spec.boot.tunnelToken);
    });
    this.#faults.afterProvision();
  }

  #make(spec: InstanceSpec): Instance {
    const folder = path.join(this.#options.folder, spec.incarnationId);
    const made: Instance = {
      spec,
      folder,
      createdAt: new Date(),
      daemon: null,
      reason: "created, never started",
      log: [],
    };
    this.#instances.set(spec.incarnationId, made);
    return made;
  }

  async #run(instance: Instance, tunnelToken: string): Promise<void> {
    if (instance.daemon !== null) return;
    const { spec, folder } = instance;
    const own = { workspace: path.join(folder, "workspace"), configs: path.join(folder, "configs") };
    const data = spec.volumeId === null ? own : this.#volumes.parts(spec.volumeId);
    const home = path.join(folder, "home");
    await Promise.all([...Object.values(data), home].map((each) => mkdir(each, { recursive: true })));
    const boot: DaemonBoot = {
      ...spec.boot,
      tunnelToken,
      tunnelUrl: `ws+unix:${this.#options.socketPath}:/tunnel`,
      roots: { "/workspace": data.workspace, "/configs": data.configs, "/agent-home": home },
      stateDirectory: path.join(folder, "state"),
    };
    try {
      instance.daemon = await this.#options.startDaemon(boot, { log: (line) => keepLine(instance, line) });
      instance.reason = null;
    } catch (error) {
      // Like a container whose program exits at once: the instance exists, stopped, and its log says why.
      instance.reason = `the daemon could not start: ${messageOf(error)}`;
      keepLine(instance, instance.reason);
    }
  }

  async stop(ref: IncarnationRef): Promise<void> {
    this.#faults.assertReachable();
    await this.#end(ref.incarnationId, "exit code 0");
  }

  #end(incarnationId: string, reason: string): Promise<void> {
    return this.#lock.run(incarnationId, async () => {
      const instance = this.#instances.get(incarnationId);
      if (!instance?.daemon) return;
      const { daemon } = instance;
      instance.daemon = null;
      instance.reason = reason;
      await daemon.close();
    });
  }

  async start(ref: IncarnationRef, tunnelToken: string): Promise<void> {
    this.#faults.assertReachable();
    await this.#lock.run(ref.incarnationId, async () => {
      const instance = this.#instances.get(ref.incarnationId);
      if (!instance) throw instanceNotFound();
      await this.#run(instance, tunnelToken);
    });
  }

  async destroy(ref: IncarnationRef): Promise<void> {
    this.#faults.assertReachable();
    await this.#end(ref.incarnationId, "being removed");
    await this.#lock.run(ref.incarnationId, async () => {
      const instance = this.#instances.get(ref.incarnationId);
      if (!instance) return;
      await rm(instance.folder, { recursive: true, force: true });
      this.#instances.delete(ref.incarnationId);
    });
  }

  async observe(ref: IncarnationRef): Promise<InstanceObservation> {
    if (!this.#faults.reachable) return { state: "unknown", reason: "The memory backend was made unavailable." };
    const instance = this.#instances.get(ref.incarnationId);
    if (!instance) return { state: "absent", reason: null };
    return { state: instance.daemon ? "running" : "stopped", reason: instance.reason };
  }

  async list(): Promise<ListedInstance[]> {
    this.#faults.assertReachable();
    return [...this.#instances.values()].map(({ spec, createdAt, daemon }) => ({
      incarnationId: spec.incarnationId,
      workspaceId: spec.workspaceId,
      generation: spec.generation,
      purpose: spec.purpose,
      volumeId: spec.volumeId,
      state: daemon ? "running" : "stopped",
      createdAt,
    }));
  }

  async bootLog(ref: IncarnationRef, tailBytes: number): Promise<BootLog> {
    this.#faults.assertReachable();
    const instance = this.#instances.get(ref.incarnationId);
    if (!instance) throw instanceNotFound();
    return { ...tailOf(Buffer.from(instance.log.join("")), tailBytes), source: "process_log" };
  }

  holderOf(volumeId: string): string | null {
    const holder = [...this.#instances.values()].find(({ spec }) => spec.volumeId === volumeId);
    return holder?.spec.incarnationId ?? null;
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#instances.keys()].map((id) => this.#end(id, "the process ends")));
  }
}

function keepLine(instance: Instance, line: string): void {
  instance.log.push(`${line}\n`);
  if (instance.log.length > LOG_LINES_KEPT) instance.log.splice(0, LOG_LINES_KEPT / 2);
}
