import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { connectDocker } from "@berth/backends/testing";
import type { BackendKind } from "@berth/domain";
import { type Manifest, manifestOfFolder } from "./manifest.ts";

/** Inspects the engine directly, to verify what Berth reports as kept or erased. */
export interface EngineInspector {
  /** The paths where the engine stores a volume. Empty when it has no such volume. */
  volumePaths(volumeId: string): Promise<string[]>;
  /** The tree of a volume's /workspace, read without Berth. Null when it cannot be read. */
  workspaceTree(volumeId: string): Promise<Manifest | null>;
  /** The ids of a workspace's machines. */
  machines(workspaceId: string): Promise<string[]>;
  /** Removes what a test installation leaves on the engine: its machines and its network. */
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
    const volumePath = (await this.volumePaths(volumeId)).find((path) => path.includes(`${volumeId}-workspace`));
    return volumePath ? manifestOfFolder(volumePath).catch(() => null) : null;
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
    const paths: string[] = [];
    for (const folder of ["volumes", "volumes/.erasing", "erasing"]) {
      const names: string[] = await readdir(join(this.#dataDirectory, folder)).catch(() => []);
      if (names.includes(volumeId)) paths.push(join(this.#dataDirectory, folder, volumeId));
    }
    return paths;
  }

  async workspaceTree(volumeId: string): Promise<Manifest | null> {
    const [volumePath] = await this.volumePaths(volumeId);
    return volumePath ? manifestOfFolder(join(volumePath, "workspace")) : null;
  }

  async machines(): Promise<string[]> {
    return readdir(join(this.#dataDirectory, "instances")).catch(() => []);
  }

  /** Nothing to do: the caller removes the data directory. */
  async cleanUp(): Promise<void> {}
}
