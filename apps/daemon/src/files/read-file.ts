import { constants as fs } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import type { Writable } from "node:stream";
import { DomainError, type FileStat, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import type { ByteRange } from "./conditions.ts";
import { shownText } from "./directory-names.ts";
import type { EntryName } from "./entry-name.ts";
import { fstat, OpenFile, read } from "./fs-calls.ts";
import { etagOf, isoTime, kindOf, PERMISSION_BITS } from "./metadata.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { namingPath } from "./problems.ts";
import { resolvePlace, usePlace } from "./resolve.ts";
import type { Root } from "./root.ts";

/** The metadata of one entry. Describes a link itself, not its target. */
export async function statFile(root: Root, path: WorkspacePath): Promise<FileStat> {
  using place = await resolvePlace(root, path, { links: "keep" });
  const named = formatWorkspacePath(path);
  const stats = await namingPath(named, () => lstat(place.path, { bigint: true }));
  return {
    path: named,
    name: path.segments.at(-1) ?? "",
    kind: kindOf(stats),
    size: Number(stats.size),
    modifiedAt: isoTime(Number(stats.mtimeMs)),
    mode: Number(stats.mode) & PERMISSION_BITS,
    linkTarget: stats.isSymbolicLink() ? shownText(await readlink(place.path, { encoding: "buffer" })) : null,
    error: null,
    etag: stats.isFile() ? etagOf(stats) : null,
  };
}

export interface ReadableFile extends Disposable {
  readonly fd: number;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAtMs: number;
  readonly mode: number;
}

/**
 * Opens the file at a path, following links.
 *
 * @throws DomainError `invalid_input` for folders and special files.
 */
export function openForReading(root: Root, path: WorkspacePath): Promise<ReadableFile> {
  return usePlace(root, path, (place) => openRegularFile(place.directory, place.name, formatWorkspacePath(path)));
}

/**
 * Checks the kind before opening: opening a pipe blocks until it has a peer, and opening a device can have side effects.
 */
export async function openRegularFile(directory: OpenDirectory, name: EntryName, named: string): Promise<ReadableFile> {
  const found = await lstat(directory.child(name));
  if (found.isSymbolicLink()) throw Object.assign(new Error("ELOOP: became a link"), { code: "ELOOP" });
  if (!found.isFile()) throw notAFile(named, found.isDirectory());
  const file = await OpenFile.open(directory.child(name), fs.O_RDONLY | fs.O_NONBLOCK);
  const stats = await fstat(file.fd, { bigint: true });
  if (!stats.isFile()) {
    file[Symbol.dispose]();
    throw notAFile(named, false);
  }
  return {
    fd: file.fd,
    size: Number(stats.size),
    etag: etagOf(stats),
    modifiedAtMs: Number(stats.mtimeMs),
    mode: Number(stats.mode) & PERMISSION_BITS,
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

const notAFile = (path: string, isDirectory: boolean): DomainError =>
  new DomainError(
    "invalid_input",
    isDirectory
      ? `${path} is a folder. Download it as an archive.`
      : `${path} is a special file and has no content to read.`,
  );

const CHUNK_BYTES = 512 * 1024;
/** Reads ahead while earlier chunks are being sent. */
const CHUNKS_IN_FLIGHT = 3;

/**
 * Sends a range of an open file with the memory of a few chunks.
 *
 * @throws when the file has shrunk, because the receiver was promised the whole range.
 */
export async function sendRange(
  file: Pick<ReadableFile, "fd">,
  { start, end }: ByteRange,
  target: Writable,
): Promise<void> {
  const chunkBytes = Math.min(CHUNK_BYTES, Math.max(1, end - start));
  const slots = Array.from({ length: Math.min(CHUNKS_IN_FLIGHT, Math.ceil((end - start) / chunkBytes)) }, () => ({
    buffer: Buffer.allocUnsafeSlow(chunkBytes),
    sent: Promise.resolve(),
  }));
  let position = start;
  for (let turn = 0; position < end; turn += 1) {
    const slot = slots[turn % slots.length];
    if (!slot) break;
    await slot.sent;
    const bytes = await read(file.fd, slot.buffer, Math.min(chunkBytes, end - position), position);
    if (bytes === 0) throw new Error("The file shrank while it was read.");
    position += bytes;
    slot.sent = writeTo(target, slot.buffer.subarray(0, bytes));
    // Awaited when the slot is reused; until then a failure must not count as unhandled.
    slot.sent.catch(() => {});
  }
  await Promise.all(slots.map((slot) => slot.sent));
}

/** Resolves when the buffer can be reused. */
function writeTo(target: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (target.destroyed) return reject(new Error("The receiver disconnected."));
    target.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
