import { Readable } from "node:stream";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import type { ImageMetadata } from "./images.ts";
import { withScratchContainer } from "./scratch-container.ts";

/**
 * Gives the roots to the image's user, because a new engine volume belongs to root. Changes only the top folders, by
 * unpacking them over themselves. Images that run as root need no call.
 */
export async function giveRootsToUser(
  docker: Docker,
  { name, image, installationId }: { name: string; image: ImageMetadata; installationId: string },
  options: Docker.ContainerCreateOptions,
): Promise<void> {
  if (image.user.uid === 0) return;
  if (!options.HostConfig?.ReadonlyRootfs) return putRoots(docker.getContainer(name), image);
  // The engine cannot unpack under a read-only root, so a scratch container mounts the volumes briefly.
  const mounts = (options.HostConfig.Mounts ?? []).filter(({ Type, ReadOnly }) => Type === "volume" && !ReadOnly);
  const declaredVolumes = image.declaredVolumes.filter((at) => mounts.every(({ Target }) => Target !== at));
  const scratch = { image: image.id, installationId, declaredVolumes, mounts };
  await withScratchContainer(docker, scratch, (container) => putRoots(container, image));
}

async function putRoots(container: Docker.Container, { user }: ImageMetadata): Promise<void> {
  const { uid, gid, home, homeExists } = user;
  const archive = pack();
  for (const root of ["workspace", "configs"]) archive.entry({ name: root, type: "directory", uid, gid, mode: 0o755 });
  if (!homeExists) archive.entry({ name: home.slice(1), type: "directory", uid, gid, mode: 0o700 });
  archive.finalize();
  await container.putArchive(Readable.from(archive), { path: "/" });
}
