import { constants } from "node:fs";
import { access, chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type DirectoryLock, lockDirectory } from "@berth/db";
import { releaseReserveOfFullDisk } from "./data-disk.ts";
import { EnvError } from "./env.ts";

/**
 * Creates the data directory when it is missing, and locks it.
 *
 * @throws EnvError in one sentence for a directory that is not writable.
 */
export async function lockDataDirectory(directory: string): Promise<DirectoryLock> {
  try {
    await requireWritable(directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    // The lock writes a file, and the disk may have filled up while Berth was stopped.
    await releaseReserveOfFullDisk(directory);
    return await lockDirectory(directory);
  } catch (error) {
    const { code = "", errcode } = error as { code?: string; errcode?: number };
    const reason = errcode === SQLITE_FULL ? UNUSABLE.ENOSPC : UNUSABLE[code];
    if (reason === undefined) throw error;
    throw new EnvError(`The data directory ${directory} cannot be used: ${reason}`);
  }
}

/** The lock's error code for a full disk. */
const SQLITE_FULL = 13;

const UNUSABLE: Record<string, string> = {
  EROFS: "its file system is read-only. Mount it writable, or set BERTH_DATA_DIR to another directory.",
  EACCES: "its permissions forbid it. Make this user its owner, or set BERTH_DATA_DIR to another directory.",
  EPERM: "it belongs to another user. Make this user its owner, or set BERTH_DATA_DIR to another directory.",
  ENOTDIR: "it is not a directory. Set BERTH_DATA_DIR to a directory.",
  EEXIST: "it is not a directory. Set BERTH_DATA_DIR to a directory.",
  ENOSPC: "its disk is full. Free some space and start again.",
};

/** Checks the nearest existing ancestor: a recursive `mkdir` reports "not found" on a read-only file system. */
async function requireWritable(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && dirname(directory) !== directory;
    if (!isMissing) throw error;
    await requireWritable(dirname(directory));
  }
}
