import {
  DATA_ROOTS,
  DomainError,
  type EraseOrder,
  formatManifest,
  parseManifest,
  type VolumeManifest,
} from "@berth/domain";
import type Docker from "dockerode";
import type { SurveyedVolume, VolumeBackend, VolumeEraser, VolumeObservation, VolumePresence } from "../backend.ts";
import { messageOf, observationOf, unavailable, unknownVolume, volumeInUse, volumeNotFound } from "../problems.ts";
import { callEngine, doneWhen, engineMessage, engineStatus, nullWhenMissing } from "./engine.ts";
import { dataVolumeNames, dataVolumePrefix, LABEL, manifestName, manifestSequence } from "./names.ts";

export class DockerVolumes implements VolumeBackend {
  readonly #docker: Docker;
  readonly #installationId: string;

  constructor(docker: Docker, installationId: string) {
    this.#docker = docker;
    this.#installationId = installationId;
  }

  /** The engine returns the existing volume of that name, if there is one. */
  async create(volumeId: string): Promise<void> {
    const names = Object.values(dataVolumeNames(volumeId));
    const Labels = { [LABEL.installation]: this.#installationId, [LABEL.volume]: volumeId };
    await changeVolumes(() =>
      Promise.all(names.map((Name) => this.#docker.createVolume({ Name, Driver: "local", Labels }))),
    );
  }

  async observe(volumeId: string): Promise<VolumeObservation> {
    const names = Object.values(dataVolumeNames(volumeId));
    try {
      const found = await callEngine(() =>
        Promise.all(names.map((name) => nullWhenMissing(this.#docker.getVolume(name).inspect()))),
      );
      return observationOf(
        DATA_ROOTS,
        DATA_ROOTS.filter((_, index) => !isOurs(found[index] ?? null, this.#installationId)),
      );
    } catch (error) {
      return unknownVolume(error);
    }
  }

  async list(): Promise<string[]> {
    const found = await this.#listed(LABEL.volume);
    return [...new Set(found.flatMap(({ Labels }) => Labels?.[LABEL.volume] ?? []))];
  }

  async survey(): Promise<ReadonlyMap<string, SurveyedVolume>> {
    const [parts, manifests] = await Promise.all([this.#listed(LABEL.volume), this.#listed(LABEL.manifestOf)]);
    const names = new Set(parts.map(({ Name }) => Name));
    const ids = new Set(parts.flatMap(({ Labels }) => Labels?.[LABEL.volume] ?? []));
    return new Map(
      [...ids].map((id) => {
        const partNames = Object.values(dataVolumeNames(id));
        const [last] = latestFirst(manifests.filter(({ Labels }) => Labels?.[LABEL.manifestOf] === id));
        return [
          id,
          {
            missingParts: DATA_ROOTS.filter((_, index) => !names.has(partNames[index] ?? "")),
            manifest: parseManifest(last?.Labels?.[LABEL.manifest] ?? ""),
          },
        ];
      }),
    );
  }

  /** Creates the new manifest before it removes the old ones, so the latest one survives a crash in between. */
  async writeManifest(volumeId: string, manifest: VolumeManifest): Promise<void> {
    if ((await this.observe(volumeId)).presence === "absent") throw volumeNotFound();
    await changeVolumes(async () => {
      const earlier = latestFirst(await this.#listed(`${LABEL.manifestOf}=${volumeId}`));
      const Labels = {
        [LABEL.installation]: this.#installationId,
        [LABEL.manifestOf]: volumeId,
        [LABEL.manifest]: formatManifest(manifest),
      };
      const Name = manifestName(volumeId, manifestSequence(earlier[0]?.Name ?? "") + 1);
      await this.#docker.createVolume({ Name, Driver: "local", Labels });
      for (const each of earlier) await doneWhen([404], this.#docker.getVolume(each.Name).remove());
    });
  }

  /** The engine does not expose the times of files on a volume. */
  async changedSince(): Promise<null> {
    return null;
  }

  async #listed(alsoLabelled: string): Promise<Docker.VolumeInspectInfo[]> {
    const label = [`${LABEL.installation}=${this.#installationId}`, alsoLabelled];
    const { Volumes } = await callEngine(() => this.#docker.listVolumes({ filters: JSON.stringify({ label }) }));
    return Volumes ?? [];
  }
}

/** Runs engine calls that write to the volumes' disk, and reports a read-only disk with a remedy. */
async function changeVolumes<T>(calls: () => Promise<T>): Promise<T> {
  try {
    return await callEngine(calls);
  } catch (error) {
    if (!/read-only file system/i.test(messageOf(error))) throw error;
    throw unavailable(
      "The disk of the Docker engine's volumes is read-only. Mount it for writing and start the engine again; until then nothing on it is started or erased.",
      error,
    );
  }
}

/** In the order of `dataVolumeNames`. */

const latestFirst = (manifests: readonly Docker.VolumeInspectInfo[]): Docker.VolumeInspectInfo[] =>
  manifests.toSorted((left, right) => manifestSequence(right.Name) - manifestSequence(left.Name));

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
   * Erases one part after the other. The same containers hold both, so a volume in use fails at the first part and
   * loses nothing. The next attempt completes an interrupted one.
   */
  async erase(order: EraseOrder): Promise<void> {
    const { workspace, configs } = dataVolumeNames(order.volumeId);
    await changeVolumes(async () => {
      await this.#eraseOne(workspace);
      await this.#eraseOne(configs);
      // Last, so that the manifest still describes the rest after a crash.
      for (const name of await this.#manifestsOf(order.volumeId)) await this.#eraseOne(name);
    });
  }

  /**
   * Lists by prefix and without labels, so it also finds a volume that has lost its labels. `erase` removes by exact
   * name.
   */
  async proveAbsent(order: EraseOrder): Promise<{ presence: VolumePresence; method: string }> {
    const name = dataVolumePrefix(order.volumeId);
    const method = `docker volume ls --filter name=${name}`;
    try {
      const { Volumes } = await this.#docker.listVolumes({ filters: JSON.stringify({ name: [name] }) });
      const found = (Volumes ?? []).some(({ Name }) => Name.startsWith(name));
      return { presence: found ? "present" : "absent", method };
    } catch {
      return { presence: "unknown", method };
    }
  }

  async #manifestsOf(volumeId: string): Promise<string[]> {
    const label = [`${LABEL.manifestOf}=${volumeId}`];
    const { Volumes } = await this.#docker.listVolumes({ filters: JSON.stringify({ label }) });
    return (Volumes ?? []).filter((each) => isOurs(each, this.#installationId)).map(({ Name }) => Name);
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
      // The engine keeps a volume that any container refers to, even a stopped one.
      throw engineStatus(error) === 409 ? volumeInUse(await this.#holderOf(name)) : removalProblem(error);
    }
  }

  async #holderOf(name: string): Promise<string | null> {
    const holders = await this.#docker.listContainers({ all: true, filters: { volume: [name] } });
    return holders[0]?.Labels[LABEL.incarnation] ?? null;
  }
}

/** The engine removes the entries itself, so the operator of its machine must fix the ones that it cannot remove. */
export function removalProblem(error: unknown): unknown {
  if (!/operation not permitted|device or resource busy/i.test(engineMessage(error))) return error;
  return unavailable(
    `The Docker engine cannot remove an entry: ${engineMessage(error)}. On the engine's machine, as root, clear its flags with "chattr -i -a", or unmount what is mounted there. Berth retries until it succeeds.`,
    error,
  );
}
