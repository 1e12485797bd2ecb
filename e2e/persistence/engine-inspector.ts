import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { connectDocker } from "@berth/backends/testing";
import type { BackendKind } from "@berth/domain";
import { type Manifest, manifestOfFolder } from "./manifest.ts";

/** The engine's own view of the data, which verifies Berth's claims of kept and erased. */
export interface EngineInspector {
  /** Where the engine stores a volume; empty when it has none of that id. */
  volumePaths(volumeId: string): Promise<string[]>;
  /** The tree of a volume's /workspace, read without Berth; null without permission. */
  workspaceTree(volumeId: string): Promise<Manifest | null>;
  /** The number of a workspace's machines. */
  machines(workspaceId: string): Promise<string[]>;
  /** Removes what a discarded installation leaves on the engine: its machines and its network. */
  cleanUp(): Promise<void>;
}

export const openEngineInspector = (backend: BackendKind, dataDirectory: string): EngineInspector =>
  backend === "docker" ? new DockerInspector() : new LocalInspector(dataDirectory);

class DockerInspector implements EngineInspector {
  readonly #docker = connectDocker();
  readonly #installations = new Set<string>();

  async volumePaths(volumeId: string): Promise<string[]> {
    const { Volumes } = await this.#docker.listVolumes({ filters: { name: [volumeId] } });
    return (Volumes ?? []).map((volume) => volume.Mountpoint);
  }

  async workspaceTree(volumeId: string): Promise<Manifest | null> {
    const place = (await this.volumePaths(volumeId)).find((path) => path.includes(`${volumeId}-workspace`));
    return place ? manifestOfFolder(place).catch(() => null) : null;
  }

  async machines(workspaceId: string): Promise<string[]> {
    const filters = { label: [`berth.workspace=${workspaceId}`] };
    const containers = await this.#docker.listContainers({ all: true, filters });
    for (const { Labels } of containers) this.#installations.add(Labels["berth.installation"] ?? "");
    return containers.map((container) => container.Id);
  }

  async cleanUp(): Promise<void> {
    for (const installation of this.#installations) {
      const filters = { label: [`berth.installation=${installation}`] };
      for (const { Id } of await this.#docker.listContainers({ all: true, filters })) {
        await this.#docker.getContainer(Id).remove({ force: true });
      }
      for (const { Id } of await this.#docker.listNetworks({ filters })) await this.#docker.getNetwork(Id).remove();
    }
  }
}

class LocalInspector implements EngineInspector {
  readonly #dataDirectory: string;

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
  }

  async volumePaths(volumeId: string): Promise<string[]> {
    const places: string[] = [];
    for (const folder of ["volumes", "volumes/.erasing", "erasing"]) {
      const names: string[] = await readdir(join(this.#dataDirectory, folder)).catch(() => []);
      if (names.includes(volumeId)) places.push(join(this.#dataDirectory, folder, volumeId));
    }
    return places;
  }

  async workspaceTree(volumeId: string): Promise<Manifest | null> {
    const [place] = await this.volumePaths(volumeId);
    return place ? manifestOfFolder(join(place, "workspace")) : null;
  }

  async machines(): Promise<string[]> {
    return readdir(join(this.#dataDirectory, "instances")).catch(() => []);
  }

  /** Nothing to do: the owner of the data directory removes all of it. */
  async cleanUp(): Promise<void> {}
}
