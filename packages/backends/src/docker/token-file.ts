import { once } from "node:events";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { nullWhenMissing } from "./engine.ts";

/** A volume of the container's own, because under a read-only root the engine writes only to volumes. */
export const TOKEN_AT = "/run/berth-token";

/** Where the daemon reads the token of its start. It removes the file before it starts any program. */
export const TOKEN_FILE = `${TOKEN_AT}/daemon/token`;

const TAKEN_WITHIN_MS = 10_000;

/** Writes the token into a stopped container. Containers created before tokens were renewed have no mount for it. */
export async function putToken(container: Docker.Container, token: string): Promise<void> {
  const { Mounts } = await container.inspect();
  if (!Mounts.some(({ Destination }) => Destination === TOKEN_AT)) return;
  const archive = pack();
  const [folder = "", file = ""] = path.posix.relative(TOKEN_AT, TOKEN_FILE).split("/");
  // The daemon may run as any user and must remove the file. No other program runs while the file exists.
  archive.entry({ name: folder, type: "directory", mode: 0o777 });
  archive.entry({ name: `${folder}/${file}`, mode: 0o644 }, token);
  archive.finalize();
  await container.putArchive(Readable.from(archive), { path: TOKEN_AT });
}

/**
 * Empties a token file that arrived too late. When two processes start one container, the second one's file may arrive
 * after the daemon has read the first. By then, programs could read it.
 */
export async function emptyLateToken(container: Docker.Container): Promise<void> {
  for (const deadline = Date.now() + TAKEN_WITHIN_MS; await hasToken(container); await pause(100)) {
    if (Date.now() > deadline) return putToken(container, "");
  }
}

async function hasToken(container: Docker.Container): Promise<boolean> {
  const found = await nullWhenMissing(container.infoArchive({ path: TOKEN_FILE }));
  if (found === null) return false;
  const archive = found as Readable;
  archive.destroy();
  if (!archive.closed) await once(archive, "close");
  return true;
}
