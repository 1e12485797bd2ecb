import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type ArchiveExtracted,
  DomainError,
  formatWorkspacePath,
  parseWorkspacePath,
  type WorkspacePath,
} from "@berth/domain";
import type { Extract } from "tar-stream";
import { makeFolder } from "../directories.ts";
import { flushFileSystems } from "../flush.ts";
import { openFolder } from "../resolve.ts";
import type { Root } from "../root.ts";
import { EntryMaker } from "./entry-maker.ts";

export interface UnpackOptions {
  compressed: boolean;
  signal: AbortSignal;
}

/**
 * Unpacks a tar stream into a folder, which is made when it is missing. Nothing is ever made outside of it: each name is parsed like a user's
 * path, and no link, old or new, is written through. Existing files are replaced; on an error what came before it stays.
 *
 * @throws DomainError `path_not_allowed` for names that lead out and for devices; `invalid_input` for what is no tar.
 */
export async function unpackTar(
  root: Root,
  path: WorkspacePath,
  source: AsyncIterable<Buffer>,
  { compressed, signal }: UnpackOptions,
): Promise<ArchiveExtracted> {
  // Its real place: links above it may be followed, links below it may not.
  const base = await realPath(root, path);
  await using maker = new EntryMaker(root);
  const [{ extract }, { createGunzip }] = await Promise.all([import("tar-stream"), import("node:zlib")]);
  const tar = extract();
  const input = Readable.from(source, { objectMode: false });
  const steps = compressed ? [input, createGunzip(), tar] : [input, tar];
  const fed = pipeline(steps as unknown as NodeJS.ReadWriteStream[], { signal });
  fed.catch(() => {});
  try {
    for await (const entry of tar) await unpackEntry(maker, base, entry);
    await fed;
  } catch (error) {
    tar.destroy();
    // An entry that breaks off only says so; why it did, the input knows.
    const isConsequence = (error as { code?: unknown }).code === "STREAM_DESTROYED";
    throw translate(
      isConsequence
        ? await fed.then(
            () => error,
            (cause: unknown) => cause,
          )
        : error,
    );
  }
  await maker.finish();
  await flushFileSystems([root.path]);
  return maker.made;
}

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

async function realPath(root: Root, path: WorkspacePath): Promise<WorkspacePath> {
  await makeFolder(root, path);
  using folder = await openFolder(root, path);
  return parseWorkspacePath(root.name, folder.segments.join("/"));
}

async function unpackEntry(maker: EntryMaker, base: WorkspacePath, entry: Entry): Promise<void> {
  const { name, type, linkname } = entry.header;
  const path = within(base, name);
  const facts = { mode: entry.header.mode ?? 0o644, mtimeMs: entry.header.mtime?.getTime() ?? Date.now() };
  if (path.segments.length === base.segments.length) {
    // "./": the folder itself.
    entry.resume();
  } else if (type === "file" || type === "contiguous-file" || type === undefined || type === null) {
    await maker.file(path, facts, entry as unknown as AsyncIterable<Buffer>);
  } else {
    if (type === "directory") await maker.directory(path, facts);
    else if (type === "symlink") await maker.symlink(path, linkname ?? "", facts);
    else if (type === "link") await maker.hardLink(path, within(base, linkname ?? ""));
    else
      throw new DomainError(
        "path_not_allowed",
        `${formatWorkspacePath(path)} is a ${type} in the archive: only files, folders and links are unpacked.`,
      );
    entry.resume();
  }
}

const within = (base: WorkspacePath, name: string): WorkspacePath =>
  parseWorkspacePath(base.root, [...base.segments, ...name.split("/")].join("/"));

/** What the decoders say about damaged input is the sender's to fix, not a bug here. */
function translate(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const isDamaged =
    code.startsWith("Z_") || code === "ERR_OUT_OF_RANGE" || /tar header|Unexpected end|size/i.test(error.message);
  return isDamaged
    ? new DomainError("invalid_input", "The archive is damaged, cut short, or of another format.", { cause: error })
    : error;
}
