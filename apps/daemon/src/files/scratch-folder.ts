import { constants as fs } from "node:fs";
import { lstat, mkdir, readdir, rmdir, unlink } from "node:fs/promises";
import { DomainError, isReservedName, RESERVED_NAME, RESERVED_NAMES } from "@berth/domain";
import type { EntryName } from "./entry-name.ts";
import { OpenFile, read, writeAll } from "./fs-calls.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode } from "./problems.ts";
import type { Root } from "./root.ts";

/** Marks a folder as created by a daemon, with its identity: a copy has another inode and belongs to the user. */
const MARKER = "made-by-berth";
const MARKER_BYTES_MAX = 64;

/** Folders that this daemon is creating and has not marked yet. */
const beingMade = new Set<string>();

/**
 * Opens the scratch folder of this or an earlier daemon, or creates one. Leaves a user's entry with the reserved name
 * alone.
 */
export async function openScratchFolder(top: OpenDirectory): Promise<{ name: string; directory: OpenDirectory }> {
  for (const name of RESERVED_NAMES) {
    const directory = (await make(top, name)) ?? (await openIfOurs(top, name));
    if (directory !== null) return { name, directory };
  }
  const message = `"${RESERVED_NAME}" and all spare names at the top of this root are taken. Rename one of them inside the workspace.`;
  throw new DomainError("path_not_allowed", message);
}

/**
 * Removes the folder when only the marker is left in it. On failure it restores the marker, so the folder is never left
 * unmarked.
 */
export async function closeScratchFolder(root: Root, name: string, directory: OpenDirectory): Promise<void> {
  const names = await readdir(directory.self);
  if (names.some((each) => each !== MARKER)) return;
  await unlink(directory.child(MARKER));
  using top = await root.open();
  // A daemon of another instance on the same volume may have started to use it.
  await rmdir(top.child(name)).catch(() => mark(directory));
}

/** The names in a root that belong to the user: all except a daemon's scratch folder. */
export async function withoutScratch<Name extends EntryName>(
  top: OpenDirectory,
  names: readonly Name[],
): Promise<Name[]> {
  const kept: Name[] = [];
  for (const name of names) {
    if (typeof name !== "string" || !isReservedName(name) || !(await isOurs(top, name))) kept.push(name);
  }
  return kept;
}

/** Null when the name is taken. */
async function make(top: OpenDirectory, name: string): Promise<OpenDirectory | null> {
  const key = await keyOf(top, name);
  beingMade.add(key);
  try {
    await mkdir(top.child(name), 0o700);
    const directory = await top.openChild(name);
    await mark(directory);
    return directory;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return null;
    throw error;
  } finally {
    beingMade.delete(key);
  }
}

async function mark(directory: OpenDirectory): Promise<void> {
  using marker = await OpenFile.open(directory.child(MARKER), fs.O_WRONLY | fs.O_CREAT | fs.O_EXCL, 0o600);
  await writeAll(marker.fd, Buffer.from(await inodeOf(directory)), 0);
}

async function openIfOurs(top: OpenDirectory, name: string): Promise<OpenDirectory | null> {
  const directory = await openOrNull(top, name);
  if (directory === null || (await isMarked(directory))) return directory;
  directory[Symbol.dispose]();
  return null;
}

async function isOurs(top: OpenDirectory, name: string): Promise<boolean> {
  if (beingMade.has(await keyOf(top, name))) return true;
  const directory = await openIfOurs(top, name);
  directory?.[Symbol.dispose]();
  return directory !== null;
}

async function openOrNull(top: OpenDirectory, name: string): Promise<OpenDirectory | null> {
  try {
    return await top.openChild(name);
  } catch (error) {
    if (["ENOTDIR", "ELOOP", "ENOENT", "EACCES"].includes(errorCode(error) ?? "")) return null;
    throw error;
  }
}

async function isMarked(directory: OpenDirectory): Promise<boolean> {
  try {
    const path = directory.child(MARKER);
    using marker = await OpenFile.openRegular(path, fs.O_RDONLY);
    const buffer = Buffer.alloc(MARKER_BYTES_MAX);
    const bytes = await read(marker.fd, buffer, MARKER_BYTES_MAX, 0);
    return buffer.toString("latin1", 0, bytes) === (await inodeOf(directory));
  } catch {
    return false;
  }
}

const inodeOf = async (directory: OpenDirectory): Promise<string> =>
  String((await lstat(directory.self, { bigint: true })).ino);

async function keyOf(top: OpenDirectory, name: string): Promise<string> {
  const { dev, ino } = await lstat(top.self, { bigint: true });
  return `${dev}:${ino}:${name}`;
}
