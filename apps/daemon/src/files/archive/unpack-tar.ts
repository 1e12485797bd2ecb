import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type ArchiveExtracted,
  DomainError,
  formatWorkspacePath,
  isReservedName,
  type WorkspacePath,
} from "@berth/domain";
import { makeFolder } from "../directories.ts";
import { type EntryName, nameOf, showName } from "../entry-name.ts";
import { flushFileSystems } from "../flush.ts";
import { emptyFolder } from "../remove-tree.ts";
import { type Folder, openFolder } from "../resolve.ts";
import type { Root } from "../root.ts";
import { ByteReader } from "./byte-reader.ts";
import { EntryWriter } from "./entry-writer.ts";
import { readTar } from "./tar-reader.ts";

export interface UnpackOptions {
  compressed: boolean;
  /**
   * For a move from another instance: empties the folder first, keeps owners, special modes and all attributes, and
   * fails on anything that cannot be created. Without it, differences are returned.
   */
  exact?: boolean;
  signal: AbortSignal;
}

/**
 * Unpacks a tar stream into a folder, and creates the folder when it is missing. It never writes outside the folder: it
 * refuses names that lead out, and never writes through a link. It replaces existing files. After an error, the entries
 * before it remain.
 *
 * @throws DomainError `path_not_allowed` for names that lead out and for devices; `invalid_input` for data that is not
 * a
 *   tar.
 */
export async function unpackTar(
  root: Root,
  path: WorkspacePath,
  source: AsyncIterable<Buffer>,
  { compressed, exact = false, signal }: UnpackOptions,
): Promise<ArchiveExtracted> {
  await makeFolder(root, path);
  using folder = await openFolder(root, path);
  const shownAs = formatWorkspacePath(path);
  if (exact) await emptyFolder(folder.directory, { keepReserved: folder.segments.length === 0, shownAs });
  await using writer = new EntryWriter(folder.directory, { keeps: exact ? "everything" : "ordinary" });
  try {
    const unpack = (bytes: AsyncIterable<Buffer>) => unpackAll(writer, folder, bytes, { exact, signal });
    if (compressed) await gunzipped(source, signal, unpack);
    else await unpack(source);
  } catch (error) {
    throw translate(error);
  }
  const made = await writer.finish();
  await flushFileSystems([root.path]);
  return made;
}

async function unpackAll(
  writer: EntryWriter,
  folder: Folder,
  source: AsyncIterable<Buffer>,
  { exact, signal }: Pick<UnpackOptions, "exact" | "signal">,
): Promise<void> {
  for await (const item of readTar(new ByteReader(source))) {
    signal.throwIfAborted();
    const names = namesOf(item.entry.path, formatWorkspacePath(folder));
    if (!exact) rejectReservedName(names, folder);
    await writer.make(names, item, (path) => namesOf(path, formatWorkspacePath(folder)));
  }
}

/**
 * `pipeline` rejects with the first error, of the work or of the decoder, and not with the aborted stream behind it.
 */
async function gunzipped(
  source: AsyncIterable<Buffer>,
  signal: AbortSignal,
  work: (bytes: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const { createGunzip } = await import("node:zlib");
  await pipeline(Readable.from(source, { objectMode: false }), createGunzip(), work, { signal });
}

/**
 * Uploads must not create a reserved name. A move may carry one, because the workspace's command may have created it.
 */
function rejectReservedName([first]: readonly EntryName[], folder: Folder): void {
  if (folder.segments.length > 0 || typeof first !== "string" || !isReservedName(first)) return;
  throw new DomainError("path_not_allowed", `"${first}" at the top of a root is reserved. Remove it from the archive.`);
}

const SLASH = 0x2f;
const NAME_BYTES_MAX = 255;

/** The names in a path; empty for the folder itself. Absolute paths are relative to the folder. */
function namesOf(path: Buffer, base: string): EntryName[] {
  const names: EntryName[] = [];
  for (let start = 0; start <= path.length; ) {
    const slash = path.indexOf(SLASH, start);
    const end = slash < 0 ? path.length : slash;
    const name = nameOf(Buffer.from(path.subarray(start, end)));
    start = end + 1;
    if (name === "" || name === ".") continue;
    if (name === "..") throw notAllowed(path, `leads out of ${base}: a path in an archive must not contain ".."`);
    if (name.includes("\0")) throw notAllowed(path, "has a NUL character in its name");
    if (Buffer.byteLength(name) > NAME_BYTES_MAX)
      throw notAllowed(path, `has a name longer than ${NAME_BYTES_MAX} bytes`);
    names.push(name);
  }
  return names;
}

const notAllowed = (path: Buffer, what: string): DomainError =>
  new DomainError("path_not_allowed", `${JSON.stringify(showName(nameOf(path)))} in the archive ${what}.`);

/** A decoder error means damaged input of the sender, not a bug here. */
function translate(error: unknown): unknown {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? "") : "";
  return typeof code === "string" && code.startsWith("Z_")
    ? new DomainError("invalid_input", "The archive is damaged, truncated or in another format.", { cause: error })
    : error;
}
