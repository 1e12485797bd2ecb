import { createHash } from "node:crypto";
import { lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvError } from "./env.ts";

/** A Unix socket path is limited to 107 bytes on Linux and 103 on macOS. */
const PATH_BYTES_MAX = 103;
const OTHERS_MAY_WRITE = 0o022;

/**
 * The socket for daemons on this host. Its path is the same at every start of a data directory, because instances outlive
 * the API and reconnect. It has its own folder, which is mounted into containers.
 *
 * @throws EnvError when the folder belongs to another user, who would receive the daemons' tokens.
 */
export async function tunnelSocketPath(dataDirectory: string, temporaryFolder: string = tmpdir()): Promise<string> {
  const inside = join(dataDirectory, "tunnel");
  const tooLong = Buffer.byteLength(join(inside, "tunnel.sock")) > PATH_BYTES_MAX;
  const key = createHash("sha256").update(dataDirectory).digest("hex").slice(0, 16);
  const folder = tooLong ? join(temporaryFolder, `berth-${key}`) : inside;
  // Containers may run as any user and must be able to enter the folder; the data directory around it stays closed.
  await mkdir(folder, { recursive: true, mode: 0o711 });
  await requireOwn(folder);
  return join(folder, "tunnel.sock");
}

/** Any user can create folders in the temporary folder, and the name can be derived from the data directory. */
async function requireOwn(folder: string): Promise<void> {
  const { uid, mode, isLink, isFolder } = await facts(folder);
  const ownUid = process.getuid?.();
  const isOwn = ownUid === undefined || uid === ownUid;
  if (isFolder && !isLink && isOwn && (mode & OTHERS_MAY_WRITE) === 0) return;
  throw new EnvError(
    `${folder} is not a folder that only this user may write to. Remove it, or set BERTH_DATA_DIR to a shorter path.`,
  );
}

async function facts(path: string) {
  const stats = await lstat(path);
  return { uid: stats.uid, mode: stats.mode, isLink: stats.isSymbolicLink(), isFolder: stats.isDirectory() };
}
