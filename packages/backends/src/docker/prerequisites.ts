import type Docker from "dockerode";
import { Once } from "../once.ts";
import type { BackendOptions } from "../options.ts";
import type { LaunchContext } from "./container-spec.ts";
import { isLocalEngine, nullWhenMissing } from "./engine.ts";
import type { ImageMetadata, Images } from "./images.ts";
import { dropMetadata, type Firewall } from "./metadata-addresses.ts";
import { networkName } from "./names.ts";
import { ensureNetwork } from "./network.ts";
import { ensureRuntimeVolume } from "./runtime-volume.ts";

interface PrerequisiteOptions {
  docker: Docker;
  images: Images;
  backend: BackendOptions;
  defaultImage: string;
  firewall: Firewall;
}

/**
 * Prerequisites of every container: image, network and runtime volume. The network and the number of CPUs are cached.
 * The image and the runtime volume are checked each time, because others may remove them.
 */
export class DockerPrerequisites {
  readonly #options: PrerequisiteOptions;
  readonly #network: Once<void>;
  readonly #engineCpus: Once<number>;
  #runtimeVolume: Once<string> | null = null;

  constructor(options: PrerequisiteOptions) {
    this.#options = options;
    const { docker, backend } = options;
    this.#network = new Once(async () => {
      await ensureNetwork(docker, backend.installationId);
      if (isLocalEngine(docker)) await dropMetadata(options.firewall, backend.log);
    });
    this.#engineCpus = new Once(async () => ((await docker.info()) as { NCPU: number }).NCPU);
  }

  async prepare(
    image: string | null,
    options: { signal: AbortSignal; onProgress(message: string): void },
  ): Promise<LaunchContext> {
    const { docker, images, backend, defaultImage } = this.#options;
    const imageName = image ?? defaultImage;
    const [facts, engineCpus] = await Promise.all([
      images.facts(imageName, options),
      this.#engineCpus.get(),
      this.#network.get(),
      this.#dropMissingRuntime(),
    ]);
    const runtimeVolume = await this.#runtime(facts);
    const { installationId, tunnel } = backend;
    return {
      installationId,
      imageName,
      image: facts,
      network: networkName(installationId),
      runtimeVolume,
      engineCpus,
      tunnel,
      localEngine: isLocalEngine(docker),
    };
  }

  /** Call this after a prerequisite was removed outside Berth. */
  forget(): void {
    this.#network.forget();
    this.#runtimeVolume = null;
  }

  /** Recreates the network and returns its name. */
  async recreateNetwork(): Promise<string> {
    this.#network.forget();
    await this.#network.get();
    return networkName(this.#options.backend.installationId);
  }

  /** Any image can fill it, because nothing of the image is used. */
  #runtime(image: ImageMetadata): Promise<string> {
    const { docker, backend } = this.#options;
    const { daemon, installationId } = backend;
    this.#runtimeVolume ??= new Once(() => ensureRuntimeVolume(docker, { daemon, image, installationId }));
    return this.#runtimeVolume.get().catch((error) => {
      // The next attempt may use another image.
      this.#runtimeVolume = null;
      throw error;
    });
  }

  async #dropMissingRuntime(): Promise<void> {
    const remembered = this.#runtimeVolume;
    if (remembered === null) return;
    const name = await remembered.get();
    const found = await nullWhenMissing(this.#options.docker.getVolume(name).inspect());
    if (found === null && this.#runtimeVolume === remembered) this.#runtimeVolume = null;
  }
}
