import { createHash, type Hash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import type { TreeManifest } from "@berth/domain";
import { systemCalls } from "../../native/system-calls.ts";
import { readAttributes } from "../attributes.ts";
import { CHUNK_BYTES, dataOf, extentsOf } from "../content.ts";
import { fstat } from "../fs-calls.ts";
import { openRegularFile } from "../read-file.ts";
import type { Folder } from "../resolve.ts";
import { type Visit, walkTree } from "../tree-walk.ts";
import { Differences } from "./differences.ts";
import { kindOf } from "./send-tar.ts";

export interface ManifestOptions {
  /** Reads every file to compute the checksum. Without it the manifest only lists obstacles. */
  checksum: boolean;
  signal: AbortSignal;
}

/**
 * Summarises a folder in counts and one checksum. Two folders have the same checksum exactly when their entries match
 * in name, kind, owner, mode, time (in nanoseconds), attributes, link target, hard links and content. It ignores the
 * layout of holes and what the system maintains (access times, inode numbers).
 */
export async function describeTree(folder: Folder, { checksum, signal }: ManifestOptions): Promise<TreeManifest> {
  const hash = createHash("sha256");
  const counts = { entries: 0, bytes: 0 };
  const obstacles = new Differences();
  const firstNames = new Map<string, string>();
  if (systemCalls() === null) {
    obstacles.add(
      "/",
      "The daemon on this machine cannot read extended attributes, so it cannot verify that all of them would be copied.",
    );
  }
  const top = await lstat(folder.directory.self, { bigint: true });
  addMetadata(hash, { path: Buffer.from("."), stats: top, place: folder.directory.self, sameAs: "" });
  for await (const visit of walkTree(folder.directory, { hideReserved: folder.segments.length === 0 })) {
    signal.throwIfAborted();
    counts.entries += 1;
    try {
      counts.bytes += await addEntry(hash, visit, { checksum, firstNames });
    } catch (error) {
      obstacles.addError(`/${visit.segments.join("/")}`, error);
    }
  }
  return { ...counts, sha256: checksum ? hash.digest("hex") : null, obstacles: obstacles.list };
}

interface Context {
  checksum: boolean;
  firstNames: Map<string, string>;
}

/** @returns the size of a file; 0 for its other hard links. */
async function addEntry(hash: Hash, visit: Visit, { checksum, firstNames }: Context): Promise<number> {
  const { stats, error, directory, name, path } = visit;
  if (stats === null) throw error;
  if (kindOf(stats) === null) throw new Error("It has an unknown type.");
  const key = `${stats.dev}:${stats.ino}`;
  const hasNames = !stats.isDirectory() && stats.nlink > 1n;
  const sameAs = hasNames ? firstNames.get(key) : undefined;
  if (hasNames && sameAs === undefined) firstNames.set(key, path.toString("latin1"));
  const place = directory.child(name);
  addMetadata(hash, { path, stats, place, sameAs: sameAs ?? "" });
  if (sameAs !== undefined) return 0;
  if (stats.isSymbolicLink()) addPart(hash, await readlink(place, { encoding: "buffer" }));
  if (!stats.isFile()) return 0;
  // Opened even without a checksum, because an unreadable file is an obstacle.
  using file = await openRegularFile(directory, name, "It");
  if (checksum) await addContent(hash, file.fd);
  return file.size;
}

interface Metadata {
  path: Buffer;
  stats: BigIntStats;
  place: string | Buffer;
  sameAs: string;
}

function addMetadata(hash: Hash, { path, stats, place, sameAs }: Metadata): void {
  const { uid, gid, mtimeNs, rdev, size } = stats;
  const mode = stats.isSymbolicLink() ? 0n : stats.mode;
  const facts = [kindOf(stats), mode, uid, gid, mtimeNs, rdev, stats.isFile() ? size : 0n];
  addPart(hash, path);
  addPart(hash, Buffer.from(facts.join(" ")));
  addPart(hash, Buffer.from(sameAs, "latin1"));
  const attributes = readAttributes(place);
  addPart(hash, Buffer.from(String(attributes.size)));
  for (const [attribute, value] of attributes) {
    addPart(hash, Buffer.from(attribute));
    addPart(hash, value);
  }
}

const ZEROS = Buffer.alloc(CHUNK_BYTES);
const PIECE_BYTES = 4096;

/** Hashes the content without zero pieces, each piece with its offset: a hole and stored zeros give the same hash. */
async function addContent(hash: Hash, fd: number): Promise<void> {
  const stats = await fstat(fd, { bigint: true });
  for await (const { at, bytes } of dataOf(
    fd,
    Number(stats.size),
    wholePieces(extentsOf(fd, stats), Number(stats.size)),
  )) {
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      const piece = bytes.subarray(from, from + PIECE_BYTES);
      if (piece.equals(ZEROS.subarray(0, piece.length))) continue;
      addPart(hash, Buffer.from(String(at + from)));
      addPart(hash, piece);
    }
  }
}

/** Aligns extents to pieces, so that both folders hash the same pieces regardless of their file systems' block size. */
function wholePieces(extents: ReturnType<typeof extentsOf>, size: number) {
  if (extents === null) return null;
  const widened: { start: number; bytes: number }[] = [];
  for (const { start, bytes } of extents) {
    const from = Math.max(start - (start % PIECE_BYTES), end(widened));
    const to = Math.min(Math.ceil((start + bytes) / PIECE_BYTES) * PIECE_BYTES, size);
    if (to > from) widened.push({ start: from, bytes: to - from });
  }
  return widened;
}

const end = (extents: readonly { start: number; bytes: number }[]): number => {
  const last = extents.at(-1);
  return last === undefined ? 0 : last.start + last.bytes;
};

/** Prefixes the length, so that no two lists of parts give the same bytes. */
function addPart(hash: Hash, part: Buffer): void {
  hash.update(`${part.length}:`).update(part);
}
