import { readlink } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ZipFile } from "yazl";
import { read } from "../fs-calls.ts";
import { openRegularFile, type ReadableFile } from "../read-file.ts";
import type { Folder } from "../resolve.ts";
import { type Visit, walkTree } from "../tree-walk.ts";
import { UNREADABLE_NAME, UnreadableEntries } from "./unreadable.ts";

const CHUNK_BYTES = 256 * 1024;
/** Zip keeps local time from 1980 to 2107 and nothing else. */
const FIRST_TIME = new Date(1980, 0, 2);
const LAST_TIME = new Date(2107, 11, 30);

/** Streams a folder as zip: modes, times, links as links. */
export async function sendZip(folder: Folder, target: Writable, signal: AbortSignal): Promise<void> {
  // Loaded when needed: the boot has no use for it.
  const yazl = await import("yazl");
  const archive = new yazl.ZipFile();
  const output = archive.outputStream as Readable;
  const sent = pipeline(output, target, { signal });
  const filled = fill(archive, folder, signal).catch((error: unknown) => {
    output.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  await Promise.all([sent, filled]);
}

async function fill(archive: ZipFile, folder: Folder, signal: AbortSignal): Promise<void> {
  const unreadable = new UnreadableEntries();
  for await (const visit of walkTree(folder.directory, { hideReserved: folder.segments.length === 0 })) {
    signal.throwIfAborted();
    try {
      await addEntry(archive, visit, unreadable, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      unreadable.add(visit.segments, error);
    }
  }
  const { report } = unreadable;
  if (report !== null) archive.addBuffer(Buffer.from(report), UNREADABLE_NAME);
  archive.end();
}

async function addEntry(
  archive: ZipFile,
  visit: Visit,
  unreadable: UnreadableEntries,
  signal: AbortSignal,
): Promise<void> {
  const { stats, segments, directory, name } = visit;
  if (stats === null) throw visit.error;
  const path = segments.join("/");
  const mtime = new Date(Math.min(Math.max(stats.mtimeMs, FIRST_TIME.getTime()), LAST_TIME.getTime()));
  const options = { mtime, mode: stats.mode };
  if (stats.isDirectory()) return archive.addEmptyDirectory(path, options);
  if (stats.isSymbolicLink()) {
    const target = await readlink(directory.child(name), { encoding: "buffer" });
    return archive.addBuffer(target, path, { ...options, compress: false });
  }
  if (!stats.isFile()) return unreadable.add(segments, new Error("a pipe, socket or device: not kept in archives"));
  using file = await openRegularFile(directory, name, path);
  const content = Readable.from(chunksOf(file), { objectMode: false, highWaterMark: CHUNK_BYTES });
  const done = new Promise<void>((resolve, reject) => {
    content.once("close", resolve);
    content.once("error", reject);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  archive.addReadStream(content, path, options);
  // One file at a time: the archive takes the next when this one is through, so nothing piles up.
  await done;
}

async function* chunksOf({ fd }: ReadableFile): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const bytes = await read(fd, buffer, CHUNK_BYTES, position);
    if (bytes === 0) return;
    position += bytes;
    yield buffer.subarray(0, bytes);
  }
}
