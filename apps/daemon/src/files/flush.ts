import { execFile } from "node:child_process";
import { constants as fs } from "node:fs";
import { fsync, OpenFile } from "./fs-calls.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode } from "./problems.ts";

/**
 * Flushes the file systems of these paths. Node has no `syncfs`, but coreutils and busybox have `sync -f`. Without the
 * command, every acknowledged write has still been flushed individually.
 */
export function flushFileSystems(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    execFile("sync", ["-f", ...paths], () => resolve());
  });
}

/** Flushes a folder, so that its names are as durable as the files. */
export async function syncDirectory(directory: OpenDirectory): Promise<void> {
  try {
    using file = await OpenFile.open(directory.self, fs.O_RDONLY | fs.O_DIRECTORY);
    await fsync(file.fd);
  } catch (error) {
    // Some file systems have nothing to flush for a folder; a folder without read permission cannot be opened.
    if (!["EINVAL", "EACCES", "ENOTSUP"].includes(errorCode(error) ?? "")) throw error;
  }
}
