import type { BigIntStats } from "node:fs";
import { readlink } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { attributeNames } from "../attributes.ts";
import { read } from "../fs-calls.ts";
import { openRegularFile, type ReadableFile } from "../read-file.ts";
import type { Folder } from "../resolve.ts";
import { type Visit, walkTree } from "../tree-walk.ts";
import { ArchiveReport } from "./differences.ts";
import { inLargerChunks } from "./larger-chunks.ts";
import {
  centralHeader,
  DEFLATED,
  endRecords,
  hasDosTime,
  localHeader,
  NAME_BYTES_MAX,
  STORED,
  sizesAfter,
  type ZipEntry,
} from "./zip-format.ts";

const CHUNK_BYTES = 256 * 1024;
/** Files up to this size are compressed in one call, which is many times cheaper than a stream each. */
const ONE_PIECE_BYTES = CHUNK_BYTES;
const DEFAULT_MODE = 0o100644;

/** Streams a folder as zip. Keeps modes, times in whole seconds, and links. */
export async function sendZip(folder: Folder, target: Writable, signal: AbortSignal): Promise<void> {
  const bytes = inLargerChunks(new ZipStream().of(folder, signal));
  await pipeline(Readable.from(bytes, { objectMode: false }), target, { signal });
}

class ZipStream {
  #position = 0;
  #entries = 0;
  readonly #directory: Buffer[] = [];
  readonly #report = new ArchiveReport();
  readonly #severalNames = new Map<string, string>();

  async *of(folder: Folder, signal: AbortSignal): AsyncGenerator<Buffer> {
    for await (const visit of walkTree(folder.directory, { hideReserved: folder.segments.length === 0 })) {
      signal.throwIfAborted();
      yield* this.#entry(visit);
    }
    const report = this.#report.entry;
    if (report) {
      const mtimeSeconds = Math.floor(Date.now() / 1000);
      yield* this.#writeWhole(
        { name: Buffer.from(report.name), mode: DEFAULT_MODE, mtimeSeconds, uid: 0, gid: 0 },
        report.content,
      );
    }
    const at = this.#position;
    for (const line of this.#directory) yield this.#counted(line);
    yield endRecords({ entries: this.#entries, at, bytes: this.#position - at });
  }

  /** An error before the first byte of an entry is reported and leaves the archive valid. */
  async *#entry(visit: Visit): AsyncGenerator<Buffer> {
    const { stats, segments, directory, name, path, error } = visit;
    const shown = segments.join("/");
    if (segments.length === 1) this.#report.noteTopName(shown);
    if (stats === null) return this.#report.differences.addError(shown, error);
    const metadata = { name: path, ...metadataOf(stats) };
    if (path.length >= NAME_BYTES_MAX)
      return this.#report.differences.add(
        shown,
        `A path longer than ${NAME_BYTES_MAX - 1} bytes: zip cannot store it.`,
      );
    const attributes = await this.#trying(shown, async () => attributeNames(directory.child(name)));
    if (attributes === null) return;
    this.#noteWhatZipLoses(shown, stats, attributes);
    if (stats.isDirectory()) {
      yield* this.#writeWhole({ ...metadata, name: Buffer.concat([path, Buffer.from("/")]) }, Buffer.alloc(0));
    } else if (stats.isSymbolicLink()) {
      const target = await this.#trying(shown, () => readlink(directory.child(name), { encoding: "buffer" }));
      if (target) yield* this.#writeWhole(metadata, target);
    } else if (stats.isFile()) {
      using file = await this.#trying(shown, () => openRegularFile(directory, name, shown));
      if (file) yield* this.#file(metadata, file, shown);
    } else {
      this.#report.differences.add(shown, "A pipe, socket or device: zip cannot store it.");
    }
  }

  async #trying<T>(shown: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.#report.differences.addError(shown, error);
      return null;
    }
  }

  #noteWhatZipLoses(shown: string, stats: BigIntStats, attributes: readonly string[]): void {
    const { differences } = this.#report;
    if (attributes.length > 0)
      differences.add(shown, "Its extended attributes and access control lists were not kept: zip cannot store them.");
    if (!hasDosTime(Number(stats.mtimeMs) / 1000)) {
      differences.add(
        shown,
        "A time before 1980 or after 2107: many programs show the nearest time that zip can store.",
      );
    }
    if (stats.isDirectory() || stats.nlink < 2n) return;
    const key = `${stats.dev}:${stats.ino}`;
    const first = this.#severalNames.get(key);
    if (first === undefined) this.#severalNames.set(key, shown);
    else differences.add(shown, "One file under several names: each name is a separate file in the archive.");
  }

  async *#file(metadata: Metadata, file: ReadableFile, shown: string): AsyncGenerator<Buffer> {
    if (file.size <= ONE_PIECE_BYTES) {
      const content = await this.#trying(shown, () => readWhole(file));
      if (content) yield* this.#writeWhole(metadata, content);
      return;
    }
    const { createDeflateRaw, crc32 } = await import("node:zlib");
    const at = this.#position;
    const entry: ZipEntry = { ...metadata, method: DEFLATED, crc: 0, compressedBytes: 0, bytes: 0 };
    const limits = { sizesFollow: true, maxBytes: file.size };
    yield this.#counted(localHeader(entry, limits));
    async function* content(): AsyncGenerator<Buffer> {
      for await (const chunk of chunksOf(file)) {
        entry.crc = crc32(chunk, entry.crc);
        entry.bytes += chunk.length;
        yield chunk;
      }
    }
    const deflate = createDeflateRaw({ chunkSize: CHUNK_BYTES });
    const read = pipeline(content(), deflate);
    // The loop below throws the same error; this handler prevents an unhandled rejection.
    read.catch(() => {});
    for await (const chunk of deflate as AsyncIterable<Buffer>) {
      entry.compressedBytes += chunk.length;
      yield this.#counted(chunk);
    }
    await read;
    if (entry.bytes !== file.size) this.#report.differences.add(shown, "Its size changed while it was read.");
    yield this.#counted(sizesAfter(entry, limits));
    this.#note(centralHeader(entry, at, limits));
  }

  async *#writeWhole(metadata: Metadata, content: Buffer): AsyncGenerator<Buffer> {
    const { crc32 } = await import("node:zlib");
    const deflated = content.length === 0 ? content : await deflateWhole(content);
    const isSmaller = deflated.length < content.length;
    const data = isSmaller ? deflated : content;
    const entry: ZipEntry = {
      ...metadata,
      method: isSmaller ? DEFLATED : STORED,
      crc: crc32(content),
      compressedBytes: data.length,
      bytes: content.length,
    };
    const at = this.#position;
    const limits = { sizesFollow: false, maxBytes: content.length };
    yield this.#counted(localHeader(entry, limits));
    if (data.length > 0) yield this.#counted(data);
    this.#note(centralHeader(entry, at, limits));
  }

  #note(line: Buffer): void {
    this.#directory.push(line);
    this.#entries += 1;
  }

  #counted(bytes: Buffer): Buffer {
    this.#position += bytes.length;
    return bytes;
  }
}

type Metadata = Pick<ZipEntry, "name" | "mode" | "mtimeSeconds" | "uid" | "gid">;

const metadataOf = ({ mode, mtimeNs, uid, gid }: BigIntStats): Omit<Metadata, "name"> => ({
  mode: Number(mode),
  mtimeSeconds: Number(mtimeNs / 1_000_000_000n) - (mtimeNs % 1_000_000_000n < 0n ? 1 : 0),
  uid: Number(uid),
  gid: Number(gid),
});

async function deflateWhole(content: Buffer): Promise<Buffer> {
  const { deflateRaw } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    deflateRaw(content, (error, deflated) => (error ? reject(error) : resolve(deflated)));
  });
}

/** Reads a small file completely. The result is shorter when the file has shrunk. */
async function readWhole(file: ReadableFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads at most the size at opening: a file that keeps growing would never end. */
async function* chunksOf({ fd, size }: ReadableFile): AsyncGenerator<Buffer> {
  for (let position = 0; position < size; ) {
    const wanted = Math.min(CHUNK_BYTES, size - position);
    const buffer = Buffer.allocUnsafe(wanted);
    const bytes = await read(fd, buffer, wanted, position);
    if (bytes === 0) return;
    position += bytes;
    yield buffer.subarray(0, bytes);
  }
}
