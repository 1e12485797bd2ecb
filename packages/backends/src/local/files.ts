import type { Dirent } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import path from "node:path";
import { RESERVED_NAME } from "@berth/domain";
import { errorCode } from "../problems.ts";

/** Makes creations, renames and removals in a folder survive a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readTail(file: string, tailBytes: number): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Linux uses the time of its last tick for files, so a change may appear older than a clock reading before it. */
const TICK_MS_MAX = 10;

/**
 * Whether anything in a tree has changed since then, by ctime, which users cannot set. Excludes Berth's own folder.
 * Entries that disappear during the walk or whose names cannot be decoded count as changed.
 */
export async function hasChangedSince(root: string, since: Date): Promise<boolean> {
  const sinceMs = since.getTime() - TICK_MS_MAX;
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readableEntries(folder)) {
      if (folder === root && entry.name === RESERVED_NAME) continue;
      const file = path.join(folder, entry.name);
      const seen = await lstat(file).catch(() => null);
      if (seen === null || seen.ctimeMs > sinceMs) return true;
      if (entry.isDirectory()) folders.push(file);
    }
  }
  return false;
}

/** Skips an unreadable folder: a change of its permissions changes its own ctime, which the caller checks. */
const readableEntries = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === "EACCES" || errorCode(error) === "ENOENT") return [];
    throw error;
  });
