import { createHash, type Hash } from "node:crypto";
import { constants as fs } from "node:fs";
import { unlink } from "node:fs/promises";
import { DomainError, type FileWritten, formatWorkspacePath, LIMITS, type WorkspacePath } from "@berth/domain";
import { fdatasync, fstat, ftruncate, OpenFile, read, writeAll } from "./fs-calls.ts";
import { asDomainError, errorCode, namingPath } from "./problems.ts";
import type { Root } from "./root.ts";
import { Scratch } from "./scratch.ts";
import { checkBeforeWriting, putInPlace, tooLarge, type WriteOptions } from "./write-file.ts";

/** A part of an upload: its range and the total size. */
export interface UploadPart {
  id: string;
  start: number;
  /** Exclusive. */
  end: number;
  total: number;
}

/** The state of a running checksum, so that the file need not be read again at the end. */
interface Progress {
  hash: Hash;
  offset: number;
}

/** A hash state is small; an evicted one is recomputed from the file. */
const PROGRESS_KEPT = 100;
const progress = new Map<string, Progress>();
const keyOf = (root: Root, id: string): string => `${root.path}:${id}`;

/** @throws DomainError `invalid_input` for an id that could be a path. */
export function checkUploadId(id: string): void {
  if (/^[A-Za-z0-9_-]{1,100}$/.test(id)) return;
  throw new DomainError("invalid_input", "An upload id has up to 100 letters, digits, - and _.");
}

/** Parses `bytes a-b/total`. */
export function parseContentRange(id: string, header: string | undefined): UploadPart {
  checkUploadId(id);
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header?.trim() ?? "") ?? [];
  const part = { id, start: Number(first), end: Number(last) + 1, total: Number(whole) };
  if (whole === undefined || part.end <= part.start || part.end > part.total) {
    throw new DomainError("invalid_input", 'A part of an upload needs "content-range: bytes first-last/total".');
  }
  if (part.total > LIMITS.fileUploadBytesMax) throw tooLarge();
  return part;
}

/** The number of bytes received so far, or null when the upload is unknown. */
export async function uploadOffset(root: Root, id: string): Promise<number | null> {
  checkUploadId(id);
  await using scratch = await Scratch.open(root);
  using uploads = await scratch.openUploads();
  try {
    using file = await OpenFile.open(uploads.child(id), fs.O_RDONLY);
    return await sizeKept(file.fd, id);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Workspace programs can access a partial upload and replace it with anything. */
async function sizeKept(fd: number, id: string): Promise<number> {
  const stats = await fstat(fd, { bigint: true });
  if (stats.isFile()) return Number(stats.size);
  const message = `The stored part of the upload ${id} is not a regular file. Cancel the upload and start it again.`;
  throw new DomainError("path_not_allowed", message);
}

/** Discards an upload. Idempotent. */
export async function dropUpload(root: Root, id: string): Promise<void> {
  checkUploadId(id);
  progress.delete(keyOf(root, id));
  await using scratch = await Scratch.open(root);
  using uploads = await scratch.openUploads();
  await unlink(uploads.child(id)).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
  });
}

/**
 * Receives a part. Keeps what arrives even when the rest does not; the last part puts the file in place.
 *
 * @returns the written file, or the offset where the next part must start.
 * @throws DomainError `upload_offset_mismatch` with `details.offset` when the part does not start where the last one
 *   ended.
 */
export async function receivePart(
  root: Root,
  path: WorkspacePath,
  part: UploadPart,
  source: AsyncIterable<Buffer>,
  options: WriteOptions,
): Promise<FileWritten | { offset: number }> {
  await checkBeforeWriting(root, path, options);
  return await namingPath(formatWorkspacePath(path), async () => {
    await using scratch = await Scratch.open(root);
    using uploads = await scratch.openUploads();
    const kept = uploads.child(part.id);
    using file = await OpenFile.open(kept, fs.O_RDWR | fs.O_CREAT, 0o666);
    const offset = await sizeKept(file.fd, part.id);
    if (offset !== part.start) throw await wrongOffset(kept, offset);
    const running = await progressAt(root, part.id, file.fd, offset);
    try {
      await append(file.fd, source, part, running);
    } catch (error) {
      await freeRejected(kept, file.fd, part, error);
      throw error;
    }
    if (running.offset < part.total) {
      await fdatasync(file.fd);
      return { offset: running.offset };
    }
    const sha256 = running.hash.copy().digest("hex");
    const etag = await putInPlace(root, path, { path: kept, fd: file.fd }, options);
    // Overwriting in place, unlike a rename, leaves the upload file behind.
    await unlink(kept).catch(() => {});
    progress.delete(keyOf(root, part.id));
    return { path: formatWorkspacePath(path), size: part.total, etag, sha256 };
  });
}

async function wrongOffset(kept: string, offset: number): Promise<DomainError> {
  // Opening created the file when there was none.
  if (offset === 0) await unlink(kept).catch(() => {});
  return new DomainError("upload_offset_mismatch", `The next part of this upload starts at ${offset}.`, {
    details: { offset },
  });
}

/**
 * Frees the space of a rejected part. A full disk drops the whole upload, because the rest will not fit either. A lost
 * connection is not a rejection: the received bytes stay for the next part.
 */
async function freeRejected(kept: string, fd: number, part: UploadPart, error: unknown): Promise<void> {
  const problem = asDomainError(error);
  if (!problem) return;
  // Truncation frees the space even while another reader has the file open.
  const keptBytes = problem.problem.code === "disk_full" ? 0 : part.start;
  await ftruncate(fd, keptBytes);
  if (keptBytes === 0) await unlink(kept).catch(() => {});
}

async function append(fd: number, source: AsyncIterable<Buffer>, part: UploadPart, running: Progress): Promise<void> {
  let written: Promise<void> = Promise.resolve();
  for await (const chunk of source) {
    await written;
    if (running.offset + chunk.length > part.end) {
      throw new DomainError("invalid_input", "The part is longer than its content-range.");
    }
    written = writeAll(fd, chunk, running.offset);
    written.catch(() => {});
    running.hash.update(chunk);
    running.offset += chunk.length;
  }
  await written;
}

/** The checksum of the received bytes: cached, or recomputed after a restart of the daemon. */
async function progressAt(root: Root, id: string, fd: number, offset: number): Promise<Progress> {
  const key = keyOf(root, id);
  const known = progress.get(key);
  progress.delete(key);
  const running = known?.offset === offset ? known : { hash: await hashOf(fd, offset), offset };
  progress.set(key, running);
  for (const oldest of progress.keys()) {
    if (progress.size <= PROGRESS_KEPT) break;
    progress.delete(oldest);
  }
  return running;
}

async function hashOf(fd: number, length: number): Promise<Hash> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  for (let position = 0; position < length; ) {
    const bytes = await read(fd, buffer, Math.min(buffer.length, length - position), position);
    if (bytes === 0) throw new Error("The stored upload shrank.");
    hash.update(buffer.subarray(0, bytes));
    position += bytes;
  }
  return hash;
}
