import { execFile } from "node:child_process";

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
