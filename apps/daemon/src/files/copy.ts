import { constants as fs, type Stats } from "node:fs";
import { copyFile, lstat, lutimes, mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { DomainError, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import { removeEntry } from "./delete.ts";
import { PERMISSION_BITS } from "./facts.ts";
import { flushFileSystems } from "./flush.ts";
import { fchmod, futimes, OpenFile } from "./fs-calls.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { namingPath } from "./problems.ts";
import { refuseRoots, renamePlace } from "./rename-place.ts";
import { resolvePlace } from "./resolve.ts";
import type { Root } from "./root.ts";
import { Scratch } from "./scratch.ts";

export interface CopyOptions {
  overwrite: boolean;
  signal?: AbortSignal;
}

/**
 * Copies an entry with everything below it: modes, times, and links as links. It is made aside and renamed, so half a copy is
 * never seen, and a folder can be copied into itself.
 */
export async function copyEntry(
  root: Root,
  from: WorkspacePath,
  to: WorkspacePath,
  options: CopyOptions,
): Promise<void> {
  refuseRoots(from, to);
  using source = await resolvePlace(root, from, { links: "keep" });
  using target = await resolvePlace(root, to, { links: "keep" });
  await using scratch = await Scratch.open(root);
  const made = scratch.temporaryName();
  const place = { directory: scratch.directory, path: scratch.directory.child(made) };
  try {
    const isDirectory = await namingPath(formatWorkspacePath(from), async () => {
      const stats = await lstat(source.path);
      await copyOne(source.directory, source.name, scratch.directory, made, options.signal);
      return stats.isDirectory();
    });
    if (isDirectory) await flushFileSystems([root.path]);
    await namingPath(formatWorkspacePath(to), () =>
      renamePlace(place, target, { overwrite: options.overwrite, isDirectory }),
    );
  } finally {
    await removeEntry(scratch.directory, made, true).catch(() => {});
  }
}

async function copyOne(
  from: OpenDirectory,
  name: string,
  to: OpenDirectory,
  newName: string,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const stats = await lstat(from.child(name));
  if (stats.isDirectory()) return await copyFolder(from, name, to, newName, stats, signal);
  if (stats.isFile()) return await copyRegularFile(from, name, to, newName, stats);
  if (!stats.isSymbolicLink())
    throw new DomainError("invalid_input", `${name} is a special file and cannot be copied.`);
  const path = to.child(newName);
  await symlink(await readlink(from.child(name), { encoding: "buffer" }), path);
  await lutimes(path, stats.atimeMs / 1000, stats.mtimeMs / 1000);
}

async function copyFolder(
  from: OpenDirectory,
  name: string,
  to: OpenDirectory,
  newName: string,
  stats: Stats,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(to.child(newName), 0o700);
  using source = await from.openChild(name);
  using target = await to.openChild(newName);
  for (const child of await readdir(source.self)) await copyOne(source, child, target, child, signal);
  using folder = await OpenFile.open(target.self, fs.O_RDONLY | fs.O_DIRECTORY);
  await takeFacts(folder.fd, stats);
}

/** Both ends are held open, so that the copy (a clone where the file system can) goes to and from nowhere else. */
async function copyRegularFile(
  from: OpenDirectory,
  name: string,
  to: OpenDirectory,
  newName: string,
  stats: Stats,
): Promise<void> {
  using source = await OpenFile.open(from.child(name), fs.O_RDONLY | fs.O_NONBLOCK);
  using target = await OpenFile.open(to.child(newName), fs.O_WRONLY | fs.O_CREAT | fs.O_EXCL, 0o600);
  await copyFile(source.path, target.path, fs.COPYFILE_FICLONE);
  await takeFacts(target.fd, stats);
}

async function takeFacts(fd: number, { mode, atimeMs, mtimeMs }: Stats): Promise<void> {
  await fchmod(fd, mode & PERMISSION_BITS);
  await futimes(fd, atimeMs / 1000, mtimeMs / 1000);
}
