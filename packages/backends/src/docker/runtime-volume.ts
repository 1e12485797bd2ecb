import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { type Pack, pack } from "tar-stream";
import { daemonProgramKey } from "../daemon-program.ts";
import type { DaemonProgram } from "../options.ts";
import { nullWhenMissing } from "./engine.ts";
import type { ImageMetadata } from "./images.ts";
import { LABEL, runtimeVolumeName } from "./names.ts";
import { removeAbandonedScratch, withScratchContainer } from "./scratch-container.ts";

/** Mount point of the daemon and its Node, read-only. */
export const RUNTIME_AT = "/opt/berth";
export const NODE_IN_CONTAINER = `${RUNTIME_AT}/node`;
export const DAEMON_IN_CONTAINER = `${RUNTIME_AT}/daemon.cjs`;
const MARKER = "complete";

/**
 * Ensures that the engine has the volume with this daemon and its Node, so that images need no Berth software. A
 * container that is never started fills it. The marker is the last entry of the archive, so a volume without it is
 * incomplete and is filled again. Old volumes stay, because instances may still run from them.
 *
 * @returns the volume's name
 */
export async function ensureRuntimeVolume(
  docker: Docker,
  { daemon, image, installationId }: { daemon: DaemonProgram; image: ImageMetadata; installationId: string },
): Promise<string> {
  const name = runtimeVolumeName(await daemonProgramKey(daemon));
  await removeAbandonedScratch(docker, installationId);
  await docker.createVolume({ Name: name, Labels: { [LABEL.runtime]: daemon.version } });
  const scratch = {
    image: image.id,
    installationId,
    declaredVolumes: image.declaredVolumes,
    mounts: [{ Type: "volume", Source: name, Target: RUNTIME_AT } satisfies Docker.MountSettings],
  };
  await withScratchContainer(docker, scratch, async (container) => {
    const marker = await nullWhenMissing(container.infoArchive({ path: `${RUNTIME_AT}/${MARKER}` }));
    if (marker !== null) return (marker as { destroy?: () => void }).destroy?.();
    const archive = pack();
    const packed = fill(archive, daemon);
    packed.catch((error) => archive.destroy(error));
    await container.putArchive(Readable.from(archive), { path: RUNTIME_AT });
    await packed;
  });
  return name;
}

async function fill(archive: Pack, { bundlePath, companions = [], nodePath, version }: DaemonProgram): Promise<void> {
  await addFile(archive, nodePath, { name: "node", mode: 0o755 });
  await addFile(archive, bundlePath, { name: "daemon.cjs", mode: 0o644 });
  for (const companion of companions) await addFile(archive, companion, { name: basename(companion), mode: 0o644 });
  archive.entry({ name: MARKER }, version);
  archive.finalize();
}

async function addFile(archive: Pack, from: string, header: { name: string; mode: number }): Promise<void> {
  const { size } = await stat(from);
  await pipeline(createReadStream(from, { highWaterMark: 1024 * 1024 }), archive.entry({ ...header, size }));
}
