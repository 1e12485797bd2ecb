import path from "node:path";
import { DomainError, KeyedLock } from "@berth/domain";
import type {
  BootLog,
  IncarnationRef,
  InstanceBackend,
  InstanceObservation,
  InstanceSpec,
  ListedInstance,
  ProvisionOptions,
} from "../backend.ts";
import type { BackendOptions } from "../options.ts";
import { instanceNotFound, isMissing, messageOf, unavailable } from "../problems.ts";
import { tailOf } from "../tail.ts";
import { readTail } from "./files.ts";
import { InstanceFolder, type InstanceRecord, listInstanceIds } from "./instance-store.ts";
import type { Launcher } from "./launcher.ts";
import type { LocalVolumes } from "./volumes.ts";

interface Parts {
  launcher: Launcher;
  volumes: LocalVolumes;
  /** Held while a volume is checked and claimed, so that it is not erased in between. */
  volumeLock: KeyedLock;
}

/** Each start has its own token, so none is stored in a file. */
const withoutSecrets = (spec: InstanceSpec): InstanceSpec => ({
  ...spec,
  enrolmentKey: "",
  boot: { ...spec.boot, tunnelToken: "" },
});

export class LocalInstances implements InstanceBackend {
  readonly #folder: string;
  readonly #installationId: string;
  readonly #parts: Parts;
  readonly #lock = new KeyedLock();

  constructor({ dataDirectory, installationId }: BackendOptions, parts: Parts) {
    this.#folder = path.join(dataDirectory, "instances");
    this.#installationId = installationId;
    this.#parts = parts;
  }

  async provision(spec: InstanceSpec, { signal }: ProvisionOptions): Promise<void> {
    if (spec.image !== null) {
      const message =
        "A local workspace has no image: it runs directly on this machine. Remove the image, or choose the docker backend.";
      throw new DomainError("unsupported_by_backend", message);
    }
    await this.#alone(spec, async (folder) => {
      signal.throwIfAborted();
      const record =
        spec.volumeId === null ? await this.#take(folder, spec) : await this.#takeVolume(folder, spec, spec.volumeId);
      await this.#parts.launcher.launch(folder, record, spec.boot.tunnelToken);
    });
  }

  #takeVolume(folder: InstanceFolder, spec: InstanceSpec, volumeId: string): Promise<InstanceRecord> {
    return this.#parts.volumeLock.run(volumeId, async () => {
      await this.#parts.volumes.assertWhole(volumeId);
      return this.#take(folder, spec);
    });
  }

  /** Records the instance and its volume before anything runs. */
  async #take(folder: InstanceFolder, spec: InstanceSpec): Promise<InstanceRecord> {
    await folder.make();
    const known = await this.#ours(folder);
    if (known !== null) return known;
    const made: InstanceRecord = {
      installationId: this.#installationId,
      spec: withoutSecrets(spec),
      createdAt: new Date().toISOString(),
      starting: false,
      process: null,
      inNamespaces: false,
    };
    await folder.write(made);
    return made;
  }

  async stop(ref: IncarnationRef): Promise<void> {
    await this.#alone(ref, async (folder) => {
      const record = await this.#ours(folder);
      if (record !== null) await this.#parts.launcher.end(record, { graceful: true });
    });
  }

  async start(ref: IncarnationRef, tunnelToken: string): Promise<void> {
    await this.#alone(ref, async (folder) => {
      const record = await this.#ours(folder);
      if (record === null) throw instanceNotFound();
      const { volumeId } = record.spec;
      if (volumeId !== null) await this.#parts.volumes.assertWhole(volumeId);
      await this.#parts.launcher.launch(folder, record, tunnelToken);
    });
  }

  async destroy(ref: IncarnationRef): Promise<void> {
    await this.#alone(ref, async (folder) => {
      const found = await folder.read();
      if (found !== null && found.installationId !== this.#installationId) return;
      if (found !== null) await this.#parts.launcher.end(found, { graceful: false });
      await folder.remove();
    });
  }

  async observe(ref: IncarnationRef): Promise<InstanceObservation> {
    try {
      const folder = this.#folderOf(ref);
      const record = await this.#ours(folder);
      if (record === null) return { state: "absent", reason: null };
      if ((await this.#parts.launcher.running(record)) !== null) return { state: "running", reason: null };
      const code = await folder.readExitCode();
      const reason =
        code === null ? "ended without an exit code (killed, or this machine was restarted)" : `exit code ${code}`;
      return { state: "stopped", reason };
    } catch (error) {
      return { state: "unknown", reason: `The data directory cannot be read (${messageOf(error)}).` };
    }
  }

  async list(): Promise<ListedInstance[]> {
    try {
      const ids = await listInstanceIds(this.#folder);
      const listed = await Promise.all(ids.map((id) => this.#describe(new InstanceFolder(this.#folder, id))));
      return listed.filter((each) => each !== null);
    } catch (error) {
      throw unavailable(`The data directory cannot be read (${messageOf(error)}).`, error);
    }
  }

  async bootLog(ref: IncarnationRef, tailBytes: number): Promise<BootLog> {
    const folder = this.#folderOf(ref);
    if ((await this.#ours(folder)) === null) throw instanceNotFound();
    // One more byte shows whether something was cut.
    const bytes = await readTail(folder.log, tailBytes + 1).catch((error: unknown) => {
      if (isMissing(error)) return Buffer.alloc(0);
      throw error;
    });
    return { ...tailOf(bytes, tailBytes), source: "process_log" };
  }

  /** The incarnation whose instance refers to the volume, running or not. */
  async holderOf(volumeId: string): Promise<string | null> {
    for (const id of await listInstanceIds(this.#folder)) {
      const record = await new InstanceFolder(this.#folder, id).read();
      if (record?.spec.volumeId === volumeId) return id;
    }
    return null;
  }

  async #describe(folder: InstanceFolder): Promise<ListedInstance | null> {
    const record = await this.#ours(folder);
    if (record === null) return null;
    const { incarnationId, workspaceId, generation, purpose, volumeId } = record.spec;
    const state = (await this.#parts.launcher.running(record)) === null ? "stopped" : "running";
    return { incarnationId, workspaceId, generation, purpose, volumeId, state, createdAt: new Date(record.createdAt) };
  }

  #folderOf(ref: IncarnationRef): InstanceFolder {
    return new InstanceFolder(this.#folder, ref.incarnationId);
  }

  async #ours(folder: InstanceFolder): Promise<InstanceRecord | null> {
    const record = await folder.read();
    return record?.installationId === this.#installationId ? record : null;
  }

  /** Serializes the calls for one incarnation, and reports file system errors as `backend_unavailable`. */
  #alone(ref: IncarnationRef, call: (folder: InstanceFolder) => Promise<void>): Promise<void> {
    const folder = this.#folderOf(ref);
    return this.#lock.run(ref.incarnationId, async () => {
      try {
        await call(folder);
      } catch (error) {
        const ofTheSystem = (error as NodeJS.ErrnoException).syscall !== undefined;
        throw ofTheSystem ? unavailable(`This machine failed: ${messageOf(error)}`, error) : error;
      }
    });
  }
}
