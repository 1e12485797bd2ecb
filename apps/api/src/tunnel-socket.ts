import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A unix socket's path holds 107 bytes on Linux, 103 on macOS. */
const PATH_BYTES_MAX = 103;

/**
 * Where daemons on this machine dial. The same at every start of a data directory, since machines that outlive the API
 * come back to it; in a folder of its own, since the folder is mounted into containers.
 */
export async function tunnelSocketPath(dataDirectory: string): Promise<string> {
  const inside = join(dataDirectory, "tunnel");
  const tooLong = Buffer.byteLength(join(inside, "tunnel.sock")) > PATH_BYTES_MAX;
  const key = createHash("sha256").update(dataDirectory).digest("hex").slice(0, 16);
  const folder = tooLong ? join(tmpdir(), `berth-${key}`) : inside;
  // Containers may run as any user and must be able to pass through; the data directory around it stays closed.
  await mkdir(folder, { recursive: true, mode: 0o711 });
  return join(folder, "tunnel.sock");
}
