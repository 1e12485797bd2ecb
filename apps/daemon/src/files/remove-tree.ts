import { rmdir, unlink } from "node:fs/promises";
import { RESERVED_NAME } from "@berth/domain";
import { DirectoryTrail } from "./directory-trail.ts";
import { type EntryName, readNames } from "./entry-name.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode } from "./problems.ts";

/** Removes everything in a folder, however deep and whatever its names are. Links are removed, never followed. */
export async function emptyFolder(
  directory: OpenDirectory,
  { keepReserved }: { keepReserved: boolean },
): Promise<void> {
  using trail = new DirectoryTrail(directory);
  const names = (await readNames(directory)).filter((name) => !keepReserved || name !== RESERVED_NAME);
  const levels: EntryName[][] = [names];
  for (;;) {
    const left = levels.at(-1);
    const name = left?.pop();
    if (name !== undefined) {
      if (await removeOrAbsent(trail.here.child(name))) continue;
      await trail.enter(name);
      levels.push(await readNames(trail.here));
      continue;
    }
    levels.pop();
    const emptied = trail.nameAt(trail.depth - 1);
    if (emptied === undefined) return;
    await trail.leave();
    await rmdir(trail.here.child(emptied));
  }
}

/** @returns false for a folder. The workspace's own processes delete too, so absent is as good. */
async function removeOrAbsent(path: string | Buffer): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    if (errorCode(error) === "EISDIR" || errorCode(error) === "EPERM") return false;
    throw error;
  }
}
