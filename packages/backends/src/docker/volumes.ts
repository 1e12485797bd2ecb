import { DomainError, type EraseOrder } from "@berth/domain";
import type Docker from "dockerode";
import type { VolumeBackend, VolumeEraser, VolumePresence } from "../backend.ts";
import { unavailable, volumeInUse } from "../problems.ts";
import { askEngine, engineMessage, engineStatus, nullWhenMissing } from "./engine.ts";
import { dataVolumeNames, LABEL } from "./names.ts";

export class DockerVolumes implements VolumeBackend {
  readonly #docker: Docker;
  readonly #installationId: string;

  constructor(docker: Docker, installationId: string) {
    this.#docker = docker;
    this.#installationId = installationId;
  }

  /** The engine answers with the existing volume when there is one of that name. */
  async create(volumeId: string): Promise<void> {
    const names = Object.values(dataVolumeNames(volumeId));
    const Labels = { [LABEL.installation]: this.#installationId, [LABEL.volume]: volumeId };
    await askEngine(() =>
      Promise.all(names.map((Name) => this.#docker.createVolume({ Name, Driver: "local", Labels }))),
    );
  }

  async observe(volumeId: string): Promise<VolumePresence> {
    const names = Object.values(dataVolumeNames(volumeId));
    try {
      const found = await Promise.all(names.map((name) => nullWhenMissing(this.#docker.getVolume(name).inspect())));
      return found.some((volume) => isOurs(volume, this.#installationId)) ? "present" : "absent";
    } catch {
      return "unknown";
    }
  }

  async list(): Promise<string[]> {
    const label = [`${LABEL.installation}=${this.#installationId}`, LABEL.volume];
    const { Volumes } = await askEngine(() => this.#docker.listVolumes({ filters: JSON.stringify({ label }) }));
    return [...new Set((Volumes ?? []).flatMap(({ Labels }) => Labels?.[LABEL.volume] ?? []))];
  }
}

const isOurs = (volume: Docker.VolumeInspectInfo | null, installationId: string): boolean =>
  volume?.Labels?.[LABEL.installation] === installationId;

export class DockerEraser implements VolumeEraser {
  readonly #docker: Docker;
  readonly #installationId: string;

  constructor(docker: Docker, installationId: string) {
    this.#docker = docker;
    this.#installationId = installationId;
  }

  /**
   * One part after the other: both hang on the same containers, so a volume in use fails at the first part and loses
   * nothing. A crash in between is repaired by the next attempt.
   */
  async erase(order: EraseOrder): Promise<void> {
    const { workspace, configs } = dataVolumeNames(order.volumeId);
    await askEngine(async () => {
      await this.#eraseOne(workspace);
      await this.#eraseOne(configs);
    });
  }

  /** Lists by name, where erasing removed by name: a volume with lost labels would be found too. */
  async proveAbsent(order: EraseOrder): Promise<{ presence: VolumePresence; method: string }> {
    const names = Object.values(dataVolumeNames(order.volumeId));
    const method = `docker volume ls --filter name=${names.join(" --filter name=")}`;
    try {
      const { Volumes } = await this.#docker.listVolumes({ filters: JSON.stringify({ name: names }) });
      const found = (Volumes ?? []).some(({ Name }) => names.includes(Name));
      return { presence: found ? "present" : "absent", method };
    } catch {
      return { presence: "unknown", method };
    }
  }

  async #eraseOne(name: string): Promise<void> {
    const volume = this.#docker.getVolume(name);
    const found = await nullWhenMissing(volume.inspect());
    if (found === null) return;
    if (!isOurs(found, this.#installationId)) {
      throw new DomainError(
        "forbidden",
        `The volume ${name} belongs to another installation of Berth. It was not erased.`,
      );
    }
    try {
      await nullWhenMissing(volume.remove());
    } catch (error) {
      // The engine keeps a volume that any container, even a stopped one, still refers to.
      throw engineStatus(error) === 409 ? volumeInUse(await this.#holderOf(name)) : removalProblem(error);
    }
  }

  async #holderOf(name: string): Promise<string | null> {
    const holders = await this.#docker.listContainers({ all: true, filters: { volume: [name] } });
    return holders[0]?.Labels[LABEL.incarnation] ?? null;
  }
}

/** The engine removes a volume's entries itself: what it could not remove is for whoever runs its machine. */
export function removalProblem(error: unknown): unknown {
  if (!/operation not permitted|device or resource busy/i.test(engineMessage(error))) return error;
  return unavailable(
    `The Docker engine cannot remove an entry: ${engineMessage(error)}. On the engine's machine, as root, clear its flags with "chattr -i -a", or unmount what is mounted there. It is tried again until it works.`,
    error,
  );
}
