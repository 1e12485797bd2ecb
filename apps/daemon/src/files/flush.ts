import { execFile } from "node:child_process";
import { constants as fs } from "node:fs";
import { fsync, OpenFile } from "./fs-calls.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode } from "./problems.ts";

/**
 * Writes what the kernel still holds for the file systems of these paths. Node has no `syncfs`; coreutils and busybox have
 * `sync -f`. Where there is none, what was answered for one by one is on the disk all the same.
 */
export function flushFileSystems(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    execFile("sync", ["-f", ...paths], () => resolve());
  });
}

/** Makes the names in a folder as durable as what they name. */
export async function syncDirectory(directory: OpenDirectory): Promise<void> {
  try {
    using file = await OpenFile.open(directory.self, fs.O_RDONLY | fs.O_DIRECTORY);
    await fsync(file.fd);
  } catch (error) {
    // Some file systems have nothing to flush for a folder; a folder without read permission cannot be opened.
    if (!["EINVAL", "EACCES", "ENOTSUP"].includes(errorCode(error) ?? "")) throw error;
  }
}
