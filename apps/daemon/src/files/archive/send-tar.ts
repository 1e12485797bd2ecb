import type { BigIntStats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DomainError } from "@berth/domain";
import { readAttributes } from "../attributes.ts";
import { dataOf, extentsOf } from "../content.ts";
import { fstat } from "../fs-calls.ts";
import { PERMISSION_BITS } from "../metadata.ts";
import { asDomainError } from "../problems.ts";
import { openRegularFile, type ReadableFile } from "../read-file.ts";
import type { Folder } from "../resolve.ts";
import { type Visit, walkTree } from "../tree-walk.ts";
import { ArchiveReport } from "./differences.ts";
import { inLargerChunks } from "./larger-chunks.ts";
import { NO_BYTES, paddingOf, type TarEntry, type TarKind } from "./tar-entry.ts";
import { storedBytes, TAR_END, tarHeader } from "./tar-writer.ts";

/** Twice as fast as the default level and a tenth larger on source code. */
const GZIP_LEVEL = 3;
const GZIP_CHUNK_BYTES = 256 * 1024;

export interface SendTarOptions {
  compress: boolean;
  /**
   * For a move to another instance: includes the folder's own metadata and sockets, and fails on anything that cannot be
   * carried. Without it, the last entry lists what is missing.
   */
  exact?: boolean;
  signal: AbortSignal;
}

/** Streams a folder as tar with all metadata that the format supports. */
export async function sendTar(
  folder: Folder,
  target: Writable,
  { compress, exact = false, signal }: SendTarOptions,
): Promise<void> {
  // Loaded lazily: the boot does not need it.
  const { createGzip } = await import("node:zlib");
  const bytes = Readable.from(inLargerChunks(new TarStream(exact).of(folder, signal)), { objectMode: false });
  if (!compress) return await pipeline(bytes, target, { signal });
  await pipeline(bytes, createGzip({ level: GZIP_LEVEL, chunkSize: GZIP_CHUNK_BYTES }), target, { signal });
}

class TarStream {
  readonly #exact: boolean;
  readonly #report = new ArchiveReport();
  readonly #firstNames = new Map<string, Buffer>();

  constructor(exact: boolean) {
    this.#exact = exact;
  }

  async *of(folder: Folder, signal: AbortSignal): AsyncGenerator<Buffer> {
    if (this.#exact) yield tarHeader(await describeFolderItself(folder));
    for await (const visit of walkTree(folder.directory, { hideReserved: folder.segments.length === 0 })) {
      signal.throwIfAborted();
      if (visit.segments.length === 1) this.#report.noteTopName(visit.segments[0] ?? "");
      yield* this.#entry(visit);
    }
    const report = this.#report.entry;
    if (report) yield* wholeFile(report.name, report.content);
    yield TAR_END;
  }

  /** An error before the first byte of an entry is reported and leaves the archive valid. */
  async *#entry(visit: Visit): AsyncGenerator<Buffer> {
    const shown = visit.segments.join("/");
    try {
      const entry = await this.#describe(visit);
      if (entry === null) return this.#cannot(shown, "A socket, or an entry of an unknown type: tar cannot store it.");
      if (entry.kind !== "file") return yield tarHeader(entry);
    } catch (error) {
      return this.#failed(shown, error);
    }
    yield* this.#file(visit, shown);
  }

  async #describe({ stats, error, directory, name, path }: Visit): Promise<TarEntry | null> {
    if (stats === null) throw error;
    const firstName = this.#firstNameOf(stats);
    if (firstName) return { ...describe(stats, path), kind: "link", linkPath: firstName, size: 0 };
    const kind = kindOf(stats);
    if (kind === null || (kind === "socket" && !this.#exact)) return null;
    const place = directory.child(name);
    const linkPath = kind === "symlink" ? await readlink(place, { encoding: "buffer" }) : NO_BYTES;
    const entry = { ...describe(stats, path), kind, linkPath, attributes: readAttributes(place) };
    if (kind !== "file") this.#noteName(stats, path);
    return entry;
  }

  async *#file(visit: Visit, shown: string): AsyncGenerator<Buffer> {
    const opened = await this.#open(visit, shown);
    if (opened === null) return;
    using file = opened.file;
    const { entry } = opened;
    this.#noteName(opened.stats, visit.path);
    yield tarHeader(entry);
    let position = 0;
    for await (const { bytes } of dataOf(file.fd, entry.size, entry.extents)) {
      position += bytes.length;
      yield bytes;
    }
    const missing = storedBytes(entry) - position;
    if (missing > 0) this.#cannot(shown, "It shrank while it was read; the rest is filled with zeros.");
    // The header already states the size, so pad a file that shrank.
    yield* zeros(missing + paddingOf(storedBytes(entry)));
  }

  /** Describes the opened file, because its name may now refer to another file. */
  async #open({ directory, name, path }: Visit, shown: string) {
    let file: ReadableFile | undefined;
    try {
      file = await openRegularFile(directory, name, shown);
      const stats = await fstat(file.fd, { bigint: true });
      const extents = extentsOf(file.fd, stats);
      const attributes = readAttributes(directory.child(name));
      return { file, stats, entry: { ...describe(stats, path), kind: "file" as const, attributes, extents } };
    } catch (error) {
      file?.[Symbol.dispose]();
      this.#failed(shown, error);
      return null;
    }
  }

  #firstNameOf = (stats: BigIntStats): Buffer | undefined =>
    stats.isDirectory() || stats.nlink < 2n ? undefined : this.#firstNames.get(keyOf(stats));

  #noteName(stats: BigIntStats, path: Buffer): void {
    if (!stats.isDirectory() && stats.nlink > 1n) this.#firstNames.set(keyOf(stats), path);
  }

  #failed(shown: string, error: unknown): void {
    if (this.#exact) throw asDomainError(error, shown) ?? error;
    this.#report.differences.addError(shown, error);
  }

  #cannot(shown: string, reason: string): void {
    if (this.#exact) throw new DomainError("unsupported_by_backend", `${shown}: ${reason}`);
    this.#report.differences.add(shown, reason);
  }
}

const keyOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

async function describeFolderItself({ directory }: Folder): Promise<TarEntry> {
  const stats = await lstat(directory.self, { bigint: true });
  return { ...describe(stats, Buffer.from(".")), kind: "directory", attributes: readAttributes(directory.self) };
}

export function describe(stats: BigIntStats, path: Buffer): TarEntry {
  return {
    kind: "file",
    path,
    mode: Number(stats.mode) & PERMISSION_BITS,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
    linkPath: NO_BYTES,
    ...deviceOf(stats),
    attributes: new Map(),
    size: stats.isFile() ? Number(stats.size) : 0,
    extents: null,
  };
}

export function kindOf(stats: BigIntStats): TarKind | null {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFIFO()) return "pipe";
  if (stats.isSocket()) return "socket";
  if (stats.isCharacterDevice()) return "character-device";
  return stats.isBlockDevice() ? "block-device" : null;
}

/** Decodes a device number like glibc's `major` and `minor`. */
function deviceOf({ rdev }: BigIntStats): { deviceMajor: number; deviceMinor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffffffffn);
  return { deviceMajor: Number(major), deviceMinor: Number(minor) };
}

function* wholeFile(name: string, content: Buffer): Generator<Buffer> {
  const path = Buffer.from(name);
  const entry: TarEntry = {
    kind: "file",
    path,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeNs: BigInt(Date.now()) * 1_000_000n,
    linkPath: NO_BYTES,
    deviceMajor: 0,
    deviceMinor: 0,
    attributes: new Map(),
    size: content.length,
    extents: null,
  };
  yield tarHeader(entry);
  yield content;
  yield Buffer.alloc(paddingOf(content.length));
}

const ZEROS = Buffer.alloc(64 * 1024);

function* zeros(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
