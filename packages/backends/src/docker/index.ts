import type { Capabilities } from "@berth/domain";
import type { Backend, BackendHealth } from "../backend.ts";
import type { BackendOptions } from "../options.ts";
import { messageOf } from "../problems.ts";
import { checkStore, type UncheckedBackend } from "../store.ts";
import { connectDocker } from "./engine.ts";
import { ImagePuller } from "./image-pull.ts";
import { Images } from "./images.ts";
import { DockerInstances } from "./instances.ts";
import { type Firewall, hostFirewall } from "./metadata-addresses.ts";
import { DockerPrerequisites } from "./prerequisites.ts";
import { dockerStoreMarker } from "./store-marker.ts";
import { DockerEraser, DockerVolumes } from "./volumes.ts";

export interface DockerBackendOptions extends BackendOptions {
  /** Default for workspaces without an image (BERTH_DOCKER_IMAGE). Any glibc image works. */
  readonly defaultImage?: string;
  /** `unix:///…` or `tcp://…`. By default the same engine as the docker command uses (DOCKER_HOST). */
  readonly host?: string;
  /** Drops packets to metadata addresses. By default this host's own iptables. */
  readonly firewall?: Firewall;
}

export const DEFAULT_DOCKER_IMAGE = "node:24-bookworm";

export const DOCKER_CAPABILITIES: Capabilities = {
  isolation: true,
  resourceLimits: true,
  ownMachine: false,
  pause: true,
  browseStopped: true,
  homeSnapshot: false,
  images: true,
  bootLog: true,
};

const HEALTH_TIMEOUT_MS = 3000;

/** Runs every incarnation as a container `berth-<incarnation id>` of one Docker engine. */
export function createDockerBackend(options: DockerBackendOptions): Backend {
  const { installationId, host } = options;
  const docker = connectDocker(host);
  const images = new Images(docker, new ImagePuller(connectDocker(host, 0)), installationId);
  const prerequisites = new DockerPrerequisites({
    docker,
    images,
    backend: options,
    defaultImage: options.defaultImage ?? DEFAULT_DOCKER_IMAGE,
    firewall: options.firewall ?? hostFirewall,
  });
  const volumes = new DockerVolumes(docker, installationId);
  const unchecked: UncheckedBackend = {
    kind: "docker",
    capabilities: DOCKER_CAPABILITIES,
    instances: new DockerInstances(docker, prerequisites, installationId),
    volumes,
    eraser: new DockerEraser(docker, installationId),
    hasProgram: async () => null,
    health: () => health(host),
    close: async () => {},
  };
  return checkStore(unchecked, dockerStoreMarker(docker, volumes, installationId));
}

async function health(host: string | undefined): Promise<BackendHealth> {
  try {
    await connectDocker(host, HEALTH_TIMEOUT_MS).ping();
    return { healthy: true, reason: null };
  } catch (error) {
    const reason = `The Docker engine does not respond (${messageOf(error)}). Start it, or set DOCKER_HOST to its address.`;
    return { healthy: false, reason };
  }
}
