import { constants } from "node:fs";
import { access, chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type DirectoryLock, lockDirectory } from "@berth/db";
import { releaseReserveOfFullDisk } from "./data-disk.ts";
import { EnvError } from "./env.ts";

/**
 * Makes the data directory when it is missing, and locks it.
 *
 * @throws EnvError in one sentence for a directory that cannot be written.
 */
export async function lockDataDirectory(directory: string): Promise<DirectoryLock> {
  try {
    await requireWritable(directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    // The lock is a file that is written, and the disk may have become full while nothing watched it.
    await releaseReserveOfFullDisk(directory);
    return await lockDirectory(directory);
  } catch (error) {
    const { code = "", errcode } = error as { code?: string; errcode?: number };
    const reason = errcode === SQLITE_FULL ? UNUSABLE.ENOSPC : UNUSABLE[code];
    if (reason === undefined) throw error;
    throw new EnvError(`The data directory ${directory} cannot be used: ${reason}`);
  }
}

/** What the lock says on a full disk. */
const SQLITE_FULL = 13;

const UNUSABLE: Record<string, string> = {
  EROFS: "its file system is read-only. Mount it writable, or set BERTH_DATA_DIR to another directory.",
  EACCES: "its permissions forbid it. Make this user its owner, or set BERTH_DATA_DIR to another directory.",
  EPERM: "it belongs to another user. Make this user its owner, or set BERTH_DATA_DIR to another directory.",
  ENOTDIR: "it is not a directory. Set BERTH_DATA_DIR to a directory.",
  EEXIST: "it is not a directory. Set BERTH_DATA_DIR to a directory.",
  ENOSPC: "its disk is full. Free some space and start again.",
};

/** Asked of the nearest directory that exists: a recursive `mkdir` reports "not found" on a read-only file system. */
async function requireWritable(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && dirname(directory) !== directory;
    if (!isMissing) throw error;
    await requireWritable(dirname(directory));
  }
}
