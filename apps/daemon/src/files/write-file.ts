import { createHash, randomUUID } from "node:crypto";
import { type BigIntStats, constants as fs } from "node:fs";
import { copyFile, link, lstat, rename, unlink } from "node:fs/promises";
import { DomainError, type FileWritten, formatWorkspacePath, LIMITS, type WorkspacePath } from "@berth/domain";
import { checkConditions, type WriteConditions } from "./conditions.ts";
import { makeParents } from "./directories.ts";
import { etagOf, PERMISSION_BITS } from "./facts.ts";
import { syncDirectory } from "./flush.ts";
import { fchmod, fchown, fstat, fsync, lstatOrNull, OpenFile, writeAll } from "./fs-calls.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { errorCode, namingPath } from "./problems.ts";
import { type Place, usePlace } from "./resolve.ts";
import type { Root } from "./root.ts";
import { Scratch } from "./scratch.ts";

export interface WriteOptions extends WriteConditions {
  createParents: boolean;
}

/** One replacement of a file at a time: between looking at its etag and the rename nothing of ours comes in between. */
const replacements = new KeyedLock();

/** Replaces a file as a whole or not at all: written aside, flushed, renamed. */
export async function writeFile(
  root: Root,
  path: WorkspacePath,
  source: AsyncIterable<Buffer>,
  options: WriteOptions,
): Promise<FileWritten> {
  await checkBeforeWriting(root, path, options);
  return await namingPath(formatWorkspacePath(path), async () => {
    await using scratch = await Scratch.open(root);
    const temporary = scratch.directory.child(scratch.temporaryName());
    try {
      using file = await OpenFile.open(temporary, fs.O_WRONLY | fs.O_CREAT | fs.O_EXCL, 0o666);
      const { size, sha256 } = await receive(file.fd, source);
      const etag = await putInPlace(root, path, { path: temporary, fd: file.fd }, options);
      return { path: formatWorkspacePath(path), size, etag, sha256 };
    } finally {
      await unlink(temporary).catch(() => {});
    }
  });
}

/** Refuses what cannot work before any byte is taken. */
export async function checkBeforeWriting(root: Root, path: WorkspacePath, options: WriteOptions): Promise<void> {
  if (path.segments.length === 0) throw new DomainError("invalid_input", "The path names a root. Name a file in it.");
  if (options.createParents) await makeParents(root, path);
  await usePlace(root, path, async (place) => {
    const found = await findReplaceable(place, formatWorkspacePath(path));
    checkConditions(options, found && etagOf(found));
  });
}

async function receive(fd: number, source: AsyncIterable<Buffer>): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  let written: Promise<void> = Promise.resolve();
  for await (const chunk of source) {
    await written;
    if (size + chunk.length > LIMITS.fileUploadBytesMax) throw tooLarge();
    written = writeAll(fd, chunk, size);
    written.catch(() => {});
    // Here, while the pool writes: the two cost about as much as the slower one.
    hash.update(chunk);
    size += chunk.length;
  }
  await written;
  return { size, sha256: hash.digest("hex") };
}

export const tooLarge = (): DomainError =>
  new DomainError("limit_exceeded", `A file can have at most ${LIMITS.fileUploadBytesMax} bytes.`, {
    details: { limit: "fileUploadBytesMax", max: LIMITS.fileUploadBytesMax },
  });

/** Makes a finished temporary file the file at a path, and answers its etag. Flushes the file and its folder. */
export function putInPlace(
  root: Root,
  path: WorkspacePath,
  temporary: { path: string; fd: number },
  conditions: WriteConditions,
): Promise<string> {
  const named = formatWorkspacePath(path);
  return usePlace(root, path, (place) =>
    replacements.run(`${root.path}/${place.segments.join("/")}`, async () => {
      const found = await findReplaceable(place, named);
      checkConditions(conditions, found && etagOf(found));
      if (found) await takeOwnerAndMode(temporary.fd, found);
      await fsync(temporary.fd);
      const onlyNew = conditions.ifNoneMatch === "*";
      const copied = await moveInto(temporary.path, place, onlyNew);
      await syncDirectory(place.directory);
      return etagOf(copied ? await lstat(place.path, { bigint: true }) : await fstat(temporary.fd, { bigint: true }));
    }),
  );
}

async function findReplaceable(place: Place, named: string): Promise<BigIntStats | null> {
  const found = await lstatOrNull(place.path);
  if (found?.isSymbolicLink()) throw Object.assign(new Error("ELOOP: became a link"), { code: "ELOOP" });
  if (found?.isDirectory())
    throw new DomainError("invalid_input", `${named} is a folder. Choose another name for the file.`);
  if (found && !found.isFile())
    throw new DomainError("invalid_input", `${named} is a special file and cannot be replaced.`);
  return found;
}

/** An overwritten file stays as accessible as it was: a script stays executable. */
async function takeOwnerAndMode(fd: number, { uid, gid, mode }: BigIntStats): Promise<void> {
  // Only root may give files away; for everyone else they are their own anyway.
  await fchown(fd, Number(uid), Number(gid)).catch(() => {});
  await fchmod(fd, Number(mode) & PERMISSION_BITS);
}

/** Answers true when the file had to be copied because the place is on another file system. */
async function moveInto(temporary: string, place: Place, onlyNew: boolean): Promise<boolean> {
  try {
    if (onlyNew && (await linkIfNew(temporary, place.path))) return false;
    await rename(temporary, place.path);
    return false;
  } catch (error) {
    if (errorCode(error) !== "EXDEV") throw error;
  }
  const beside = place.directory.child(`.${randomUUID()}.berth-part`);
  try {
    await copyFile(temporary, beside, fs.COPYFILE_EXCL);
    using file = await OpenFile.open(beside, fs.O_WRONLY);
    await fsync(file.fd);
    await rename(beside, place.path);
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw error;
  }
  return true;
}

/** A link fails when the name is taken, where a rename would replace. False: this file system has no links. */
async function linkIfNew(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    // Before the etag is read: losing a name moves the change time.
    await unlink(temporary);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST")
      throw new DomainError("etag_mismatch", "The file exists already.", { details: { expected: null } });
    if (code === "EPERM" || code === "ENOTSUP" || code === "EMLINK") return false;
    throw error;
  }
}
