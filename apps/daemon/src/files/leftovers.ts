import { lstat, readdir } from "node:fs/promises";
import { LIMITS } from "@berth/domain";
import { removeEntry } from "./delete.ts";
import type { OpenDirectory } from "./open-directory.ts";
import type { Root } from "./root.ts";
import { isTemporaryName, Scratch } from "./scratch.ts";
import { withoutScratch } from "./scratch-folder.ts";

const HOUR_MS = 3_600_000;
const UPLOAD = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Removes an earlier daemon's temporary files and abandoned uploads. Only in a folder that a daemon has marked, and only
 * names that daemons generate: anything else belongs to the user.
 */
export async function removeLeftovers(roots: readonly Root[], startedAt: number): Promise<void> {
  for (const root of roots) {
    using top = await root.open();
    const names = await readdir(top.self);
    if ((await withoutScratch(top, names)).length === names.length) continue;
    await using scratch = await Scratch.open(root);
    for (const name of await readdir(scratch.directory.self)) {
      const path = scratch.directory.child(name);
      // What this daemon is writing right now is younger than the daemon.
      if (isTemporaryName(name) && (await changedAt(path)) < startedAt) await remove(scratch.directory, name);
    }
    using uploads = await scratch.openUploads();
    for (const name of (await readdir(uploads.self)).filter((each) => UPLOAD.test(each))) {
      const abandoned = (await changedAt(uploads.child(name))) < startedAt - LIMITS.abandonedUploadHours * HOUR_MS;
      if (abandoned) await remove(uploads, name);
    }
  }
}

/** By handle, as everywhere: a command may have put a link to somewhere else under our name. */
const remove = (directory: OpenDirectory, name: string): Promise<void> => removeEntry(directory, name, true);

async function changedAt(path: string): Promise<number> {
  const { mtimeMs, ctimeMs } = await lstat(path);
  return Math.max(mtimeMs, ctimeMs);
}
