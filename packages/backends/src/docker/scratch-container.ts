import { randomUUID } from "node:crypto";
import type Docker from "dockerode";
import { doneWhen } from "./engine.ts";
import { LABEL } from "./names.ts";

/** Label of a container that exists only to read or write files. */
export const SCRATCH_PURPOSE = "scratch";

interface Scratch {
  image: string;
  installationId: string;
  /** Paths that the image declares as volumes. Without a mount there, the engine creates anonymous volumes. */
  declaredVolumes: readonly string[];
  mounts?: Docker.MountSettings[];
}

/**
 * Creates a container that is never started, passes it to `look`, and removes it. The engine's archive calls can read
 * and write its files without any program of the image.
 */
export async function withScratchContainer<T>(
  docker: Docker,
  { image, installationId, declaredVolumes, mounts = [] }: Scratch,
  use: (container: Docker.Container) => Promise<T>,
): Promise<T> {
  const container = await docker.createContainer({
    name: `berth-scratch-${randomUUID()}`,
    Image: image,
    Entrypoint: ["/never-started"],
    Cmd: [],
    Labels: { [LABEL.installation]: installationId, [LABEL.purpose]: SCRATCH_PURPOSE },
    HostConfig: {
      NetworkMode: "none",
      Mounts: [
        ...declaredVolumes.map((at): Docker.MountSettings => ({ Type: "tmpfs", Source: "", Target: at })),
        ...mounts,
      ],
    },
  });
  try {
    return await use(container);
  } finally {
    await doneWhen([404, 409], container.remove({ force: true }));
  }
}

const ABANDONED_AFTER_SECONDS = 600;

/** Removes containers that a killed process left between create and remove. */
export async function removeAbandonedScratch(docker: Docker, installationId: string): Promise<void> {
  const label = [`${LABEL.installation}=${installationId}`, `${LABEL.purpose}=${SCRATCH_PURPOSE}`];
  const found = await docker.listContainers({ all: true, filters: { label } });
  const abandoned = found.filter(({ Created }) => Math.abs(Date.now() / 1000 - Created) > ABANDONED_AFTER_SECONDS);
  await Promise.all(abandoned.map(({ Id }) => doneWhen([404, 409], docker.getContainer(Id).remove({ force: true }))));
}
