import { createHash, randomUUID } from "node:crypto";
import { type BigIntStats, constants as fs } from "node:fs";
import { copyFile, link, rename, unlink } from "node:fs/promises";
import {
  DomainError,
  type FileWritten,
  formatWorkspacePath,
  KeyedLock,
  LIMITS,
  type WorkspacePath,
} from "@berth/domain";
import { copyAttributes } from "./attributes.ts";
import { checkConditions, type WriteConditions } from "./conditions.ts";
import { makeParents } from "./directories.ts";
import { syncDirectory } from "./flush.ts";
import { fchmod, fchown, fstat, fsync, lstatOrNull, OpenFile, writeAll } from "./fs-calls.ts";
import { etagOf, PERMISSION_BITS } from "./metadata.ts";
import { overwrite } from "./overwrite.ts";
import { errorCode, namingPath } from "./problems.ts";
import { type Place, usePlace } from "./resolve.ts";
import type { Root } from "./root.ts";
import { Scratch } from "./scratch.ts";

export interface WriteOptions extends WriteConditions {
  createParents: boolean;
  /** Aborts the path resolution when the caller disconnects. */
  signal?: AbortSignal | undefined;
  /** Refuses to create a folder with the name of the root. */
  refuseRootName?: boolean | undefined;
}

/**
 * Serialises replacements per file, so that no other write of this daemon comes between the etag check and the rename.
 */
const replacements = new KeyedLock();

/**
 * Replaces a file atomically: writes to a temporary file, flushes, renames. Only a file with several hard links is
 * overwritten in place (decision 0017).
 */
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
      using file = await OpenFile.open(temporary, fs.O_RDWR | fs.O_CREAT | fs.O_EXCL, 0o666);
      const { size, sha256 } = await receive(file.fd, source);
      const etag = await putInPlace(root, path, { path: temporary, fd: file.fd }, options);
      return { path: formatWorkspacePath(path), size, etag, sha256 };
    } finally {
      await unlink(temporary).catch(() => {});
    }
  });
}

/** Rejects a write that cannot succeed before the first byte is read. */
export async function checkBeforeWriting(root: Root, path: WorkspacePath, options: WriteOptions): Promise<void> {
  if (path.segments.length === 0) throw new DomainError("invalid_input", "The path names a root. Name a file in it.");
  const { createParents, signal, refuseRootName } = options;
  if (createParents) await makeParents(root, path, { signal, refuseRootName });
  const check = async (place: Place) => {
    const found = await findReplaceable(place, formatWorkspacePath(path));
    checkConditions(options, found && etagOf(found));
  };
  await usePlace(root, path, check, { signal });
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
    // Hashing overlaps the write in the thread pool: both together take about as long as the slower one.
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

interface Temporary {
  path: string;
  /** Open for reading and writing. */
  fd: number;
}

/**
 * Makes a complete temporary file the file at a path, and flushes the file and its folder. The owner, mode and extended
 * attributes of the replaced file are kept; a file with several hard links keeps all of them.
 *
 * @returns the new etag.
 */
export function putInPlace(
  root: Root,
  path: WorkspacePath,
  temporary: Temporary,
  conditions: WriteConditions,
): Promise<string> {
  const named = formatWorkspacePath(path);
  return usePlace(root, path, (place) =>
    replacements.run(`${root.path}/${place.segments.join("/")}`, async () => {
      const found = await findReplaceable(place, named);
      checkConditions(conditions, found && etagOf(found));
      if (found && found.nlink > 1n) return await overwrite(place.path, temporary.fd);
      if (found && !(await copyMetadata(temporary, place.path, found))) {
        const overwritten = await overwriteIfAllowed(place.path, temporary.fd);
        if (overwritten !== null) return overwritten;
      }
      await fsync(temporary.fd);
      const etag = await moveInto(temporary, place, { found, onlyNew: conditions.ifNoneMatch === "*" });
      await syncDirectory(place.directory);
      return etag;
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

/**
 * Copies owner, mode and attributes of the replaced file: a script stays executable.
 *
 * @returns false when the owner or an attribute could not be set: only root may give files away.
 */
async function copyMetadata(
  { path, fd }: Temporary,
  replaced: string,
  { uid, gid, mode }: BigIntStats,
): Promise<boolean> {
  const ownerKept = await fchown(fd, Number(uid), Number(gid)).then(
    () => true,
    () => false,
  );
  await fchmod(fd, Number(mode) & PERMISSION_BITS);
  return copyAttributes(replaced, path).length === 0 && ownerKept;
}

/** Returns null when the file may only be replaced, not written. */
async function overwriteIfAllowed(path: string, from: number): Promise<string | null> {
  try {
    return await overwrite(path, from);
  } catch (error) {
    if (["EACCES", "EPERM", "ETXTBSY"].includes(errorCode(error) ?? "")) return null;
    throw error;
  }
}

/** Moves the temporary file into place. @returns its etag there. */
async function moveInto(
  temporary: Temporary,
  place: Place,
  { found, onlyNew }: { found: BigIntStats | null; onlyNew: boolean },
): Promise<string> {
  try {
    if (!onlyNew || !(await linkIfNew(temporary.path, place.path))) await rename(temporary.path, place.path);
    return etagOf(await fstat(temporary.fd, { bigint: true }));
  } catch (error) {
    if (errorCode(error) !== "EXDEV") throw error;
  }
  // The target is on another file system.
  const beside = place.directory.child(`.${randomUUID()}.berth-part`);
  try {
    // Copied by descriptor: workspace programs can replace the name, e.g. with a pipe, which would block.
    await copyFile(openedPath(temporary), beside, fs.COPYFILE_EXCL);
    using file = await OpenFile.openRegular(beside, fs.O_WRONLY);
    if (found) await copyMetadata({ path: beside, fd: file.fd }, place.path, found);
    await fsync(file.fd);
    await rename(beside, place.path);
    return etagOf(await fstat(file.fd, { bigint: true }));
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw error;
  }
}

const openedPath = ({ path, fd }: Temporary): string => (process.platform === "linux" ? `/proc/self/fd/${fd}` : path);

/**
 * Creates the target with a link, which fails when the name is taken, where a rename would replace it. Returns false
 * where hard links are unsupported.
 */
async function linkIfNew(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    // Must happen before the etag is read, because removing a link changes the ctime.
    await unlink(temporary);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST")
      throw new DomainError("etag_mismatch", "The file already exists.", { details: { expected: null } });
    if (code === "EPERM" || code === "ENOTSUP" || code === "EMLINK") return false;
    throw error;
  }
}
