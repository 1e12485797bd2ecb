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
 * Removes temporary files and abandoned uploads of earlier daemons. It only touches folders that a daemon has marked and
 * names that daemons generate: everything else belongs to the user.
 */
export async function removeLeftovers(roots: readonly Root[], startedAt: number): Promise<void> {
  for (const root of roots) {
    using top = await root.open();
    const names = await readdir(top.self);
    if ((await withoutScratch(top, names)).length === names.length) continue;
    await using scratch = await Scratch.open(root);
    for (const name of await readdir(scratch.directory.self)) {
      const path = scratch.directory.child(name);
      // Files that this daemon is writing are newer than its start.
      if (isTemporaryName(name) && (await changedAt(path)) < startedAt) await remove(scratch.directory, name);
    }
    using uploads = await scratch.openUploads();
    for (const name of (await readdir(uploads.self)).filter((each) => UPLOAD.test(each))) {
      const abandoned = (await changedAt(uploads.child(name))) < startedAt - LIMITS.abandonedUploadHours * HOUR_MS;
      if (abandoned) await remove(uploads, name);
    }
  }
}

/** Removes through the open directory, because a command may have put a link in place of our name. */
const remove = (directory: OpenDirectory, name: string): Promise<void> => removeEntry(directory, name, true);

async function changedAt(path: string): Promise<number> {
  const { mtimeMs, ctimeMs } = await lstat(path);
  return Math.max(mtimeMs, ctimeMs);
}
