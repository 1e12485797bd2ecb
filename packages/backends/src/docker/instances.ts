import { setTimeout as pause } from "node:timers/promises";
import { DomainError, KeyedLock } from "@berth/domain";
import type Docker from "dockerode";
import type {
  BootLog,
  IncarnationRef,
  InstanceBackend,
  InstanceObservation,
  InstancePurpose,
  InstanceSpec,
  ListedInstance,
  ProvisionOptions,
} from "../backend.ts";
import { assertId } from "../ids.ts";
import { instanceNotFound, messageOf, unavailable, volumeNotFound } from "../problems.ts";
import { readContainerLog } from "./container-log.ts";
import { containerOptions, NETWORK_ENDPOINT, STOP_GRACE_SECONDS } from "./container-spec.ts";
import { describeState } from "./container-state.ts";
import { callEngine, doneWhen, engineMessage, engineStatus, isVolumeMissing, nullWhenMissing } from "./engine.ts";
import { containerName, dataVolumeNames, dataVolumeOf, diskVolumeName, LABEL } from "./names.ts";
import type { DockerPrerequisites } from "./prerequisites.ts";
import { giveRootsToUser } from "./roots-owner.ts";
import { emptyLateToken, putToken } from "./token-file.ts";

const REMOVAL_SECONDS_MAX = 60;

export class DockerInstances implements InstanceBackend {
  readonly #docker: Docker;
  readonly #prerequisites: DockerPrerequisites;
  readonly #installationId: string;
  readonly #lock = new KeyedLock();

  constructor(docker: Docker, prerequisites: DockerPrerequisites, installationId: string) {
    this.#docker = docker;
    this.#prerequisites = prerequisites;
    this.#installationId = installationId;
  }

  async provision(spec: InstanceSpec, options: ProvisionOptions): Promise<void> {
    assertId(spec.workspaceId, "workspace id");
    await this.#lock.run(assertId(spec.incarnationId, "incarnation id"), () =>
      callEngine(async () => {
        options.signal.throwIfAborted();
        const [context] = await Promise.all([
          this.#prerequisites.prepare(spec.image, options),
          this.#assertVolume(spec.volumeId),
        ]);
        options.signal.throwIfAborted();
        const created = containerOptions(spec, context);
        const container = await this.#create(created);
        await this.#withDisk(container, async () => {
          await giveRootsToUser(this.#docker, { ...context, name: container.id }, created);
          await this.#start(container, spec.boot.tunnelToken);
        });
      }),
    );
  }

  async stop(ref: IncarnationRef): Promise<void> {
    await callEngine(async () => {
      if ((await this.#ours(ref)) === null) return;
      const container = this.#docker.getContainer(containerName(ref.incarnationId));
      await doneWhen([304, 404], container.stop({ t: STOP_GRACE_SECONDS }));
    });
  }

  async start(ref: IncarnationRef, tunnelToken: string): Promise<void> {
    await this.#lock.run(ref.incarnationId, () =>
      callEngine(async () => {
        if ((await this.#ours(ref)) === null) throw instanceNotFound();
        const container = this.#docker.getContainer(containerName(ref.incarnationId));
        await this.#withDisk(container, () => this.#start(container, tunnelToken)).catch((error: unknown) => {
          // A runtime volume of another version cannot be recreated, so this container can never start again.
          throw isVolumeMissing(error) ? instanceNotFound() : error;
        });
      }),
    );
  }

  async destroy(ref: IncarnationRef): Promise<void> {
    // The lock waits for a provision in this process: its container must not appear after this call returns.
    await this.#lock.run(ref.incarnationId, () =>
      callEngine(async () => {
        const found = await this.#ours(ref);
        if (found !== null) await this.#remove(this.#docker.getContainer(found.Id));
        await this.#removeDisk(ref.incarnationId);
      }),
    );
  }

  async observe(ref: IncarnationRef): Promise<InstanceObservation> {
    try {
      const found = await this.#ours(ref);
      if (found === null) return { state: "absent", reason: null };
      return await describeState(found, () => this.#log(found.Id, 4096));
    } catch (error) {
      return { state: "unknown", reason: `The Docker engine does not respond: ${messageOf(error)}` };
    }
  }

  async list(): Promise<ListedInstance[]> {
    const label = [`${LABEL.installation}=${this.#installationId}`, LABEL.incarnation];
    const found = await callEngine(() => this.#docker.listContainers({ all: true, filters: { label } }));
    return found.map(({ Labels, State, Created, Mounts }) => ({
      incarnationId: Labels[LABEL.incarnation] ?? "",
      workspaceId: Labels[LABEL.workspace] ?? "",
      generation: Number(Labels[LABEL.generation]),
      purpose: (Labels[LABEL.purpose] ?? "workspace") as InstancePurpose,
      volumeId: Mounts.map(({ Name }) => dataVolumeOf(Name)).find((id) => id !== null) ?? null,
      state: State === "running" ? "running" : "stopped",
      createdAt: new Date(Created * 1000),
    }));
  }

  async bootLog(ref: IncarnationRef, tailBytes: number): Promise<BootLog> {
    return callEngine(async () => {
      const found = await this.#ours(ref);
      if (found === null) throw instanceNotFound();
      const log = await this.#log(found.Id, tailBytes);
      // A container that never started has no log, but the engine knows why.
      return { ...log, text: log.text || found.State.Error, source: "container_log" };
    });
  }

  #log(id: string, tailBytes: number) {
    return readContainerLog(this.#docker.getContainer(id), tailBytes);
  }

  /** The container, or null when there is none or it carries another installation's id. */
  async #ours(ref: IncarnationRef): Promise<Docker.ContainerInspectInfo | null> {
    const found = await nullWhenMissing(this.#docker.getContainer(containerName(ref.incarnationId)).inspect());
    return found?.Config.Labels[LABEL.installation] === this.#installationId ? found : null;
  }

  async #assertVolume(volumeId: string | null): Promise<void> {
    if (volumeId === null) return;
    // The engine would silently create a missing volume as an empty one.
    const names = Object.values(dataVolumeNames(volumeId));
    const found = await Promise.all(names.map((name) => nullWhenMissing(this.#docker.getVolume(name).inspect())));
    if (found.some((volume) => volume?.Labels?.[LABEL.installation] !== this.#installationId)) throw volumeNotFound();
  }

  /** The name is unique, so the second of two racing callers gets the first one's container. */
  async #create(options: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    try {
      return await this.#docker.createContainer(options);
    } catch (error) {
      if (engineStatus(error) === 404) throw this.#prerequisiteMissing(error);
      if (engineStatus(error) !== 409) throw error;
      return this.#existing(options.name ?? "");
    }
  }

  /** The engine reserves a name shortly before the container is visible. */
  async #existing(name: string): Promise<Docker.Container> {
    for (const deadline = performance.now() + 5000; ; await pause(20)) {
      const found = await nullWhenMissing(this.#docker.getContainer(name).inspect());
      if (found?.Config.Labels[LABEL.installation] === this.#installationId) return this.#docker.getContainer(found.Id);
      if (found)
        throw new DomainError(
          "invalid_input",
          `The name ${name} is used by a container that does not belong to Berth.`,
        );
      if (performance.now() > deadline)
        throw unavailable(`The Docker engine has reserved the name ${name}, but lists no container with it.`);
    }
  }

  async #start(container: Docker.Container, tunnelToken: string): Promise<void> {
    const found = await nullWhenMissing(container.inspect());
    if (found === null) throw instanceNotFound();
    if (found.State.Running && !found.State.Paused) return;
    // A container that was paused outside Berth has a daemon with an old token.
    if (found.State.Paused) await endPaused(container);
    await putToken(container, tunnelToken);
    try {
      await container.start();
    } catch (error) {
      if (engineStatus(error) === 304) return emptyLateToken(container);
      const message = engineMessage(error);
      if (engineStatus(error) !== 404) throw error;
      if (/no such container/i.test(message)) throw instanceNotFound();
      if (isVolumeMissing(error)) throw error;
      if (!/network/i.test(message)) throw this.#prerequisiteMissing(error);
      await this.#reconnect(container);
      await doneWhen([304], container.start());
    }
  }

  /**
   * After the engine's volumes were restored from an older copy, the volumes of newer containers are missing. Volumes
   * of an instance's own disk are then recreated empty, but data volumes never.
   *
   * @throws the engine's error when another volume is missing.
   */
  async #withDisk(container: Docker.Container, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isVolumeMissing(error)) throw error;
      await this.#recreateDisk(container);
      await work();
    }
  }

  async #recreateDisk(container: Docker.Container): Promise<void> {
    const { Mounts, Config } = await container.inspect();
    const incarnationId = Config.Labels[LABEL.incarnation] ?? "";
    const names = Mounts.flatMap(({ Name = "" }) => (Name.startsWith(diskVolumeName(incarnationId, "")) ? [Name] : []));
    const Labels = { [LABEL.installation]: this.#installationId, [LABEL.incarnation]: incarnationId };
    // The engine returns an existing volume of that name.
    await Promise.all(names.map((Name) => this.#docker.createVolume({ Name, Driver: "local", Labels })));
  }

  /** A prune while all workspaces are stopped removes the network. It contains no data, so it is recreated. */
  async #reconnect(container: Docker.Container): Promise<void> {
    const network = this.#docker.getNetwork(await this.#prerequisites.recreateNetwork());
    await network.disconnect({ Container: container.id, Force: true });
    await network.connect({ Container: container.id, EndpointConfig: NETWORK_ENDPOINT });
  }

  /** The network, the image or the runtime volume was removed outside Berth: the next attempt checks them again. */
  #prerequisiteMissing(error: unknown): DomainError {
    this.#prerequisites.forget();
    return unavailable(`A resource on the Docker engine is missing: ${engineMessage(error)}`, error);
  }

  async #remove(container: Docker.Container): Promise<void> {
    // Never with `v`, which would remove volumes too. 409: the removal is already in progress.
    await doneWhen([404, 409], container.remove({ force: true }));
    for (const deadline = performance.now() + REMOVAL_SECONDS_MAX * 1000; ; await pause(50)) {
      if ((await nullWhenMissing(container.inspect())) === null) return;
      if (performance.now() > deadline) throw unavailable("The Docker engine has not removed the container yet.");
    }
  }

  /** Only volumes of an instance's own disk carry the label `berth.incarnation`; data volumes carry `berth.volume`. */
  async #removeDisk(incarnationId: string): Promise<void> {
    const label = [`${LABEL.installation}=${this.#installationId}`, `${LABEL.incarnation}=${incarnationId}`];
    const { Volumes } = await this.#docker.listVolumes({ filters: JSON.stringify({ label }) });
    await Promise.all((Volumes ?? []).map(({ Name }) => doneWhen([404], this.#docker.getVolume(Name).remove())));
  }
}

async function endPaused(container: Docker.Container): Promise<void> {
  await container.unpause();
  await doneWhen([304], container.stop({ t: STOP_GRACE_SECONDS }));
}
