import type { SearchMatch, WorkspacePath } from "@berth/domain";
import { kindOf } from "./facts.ts";
import { read } from "./fs-calls.ts";
import { globMatcher } from "./glob.ts";
import { openRegularFile, type ReadableFile } from "./read-file.ts";
import { openFolder } from "./resolve.ts";
import type { Root } from "./root.ts";
import { type Visit, walkTree } from "./tree-walk.ts";

export interface SearchOptions {
  /** A glob. Null matches every name. */
  name: string | null;
  /** Plain text within one line. Null searches by name alone. */
  content: string | null;
  /** Of name and content alike. */
  ignoreCase: boolean;
  limit: number;
  signal: AbortSignal;
}

const CHUNK_BYTES = 256 * 1024;
/** A file with a NUL this early is taken for binary, as git does. */
const BINARY_LOOK_BYTES = 8000;
const LINE_CHARS_MAX = 400;
const NEWLINE = 0x0a;

/** Searches a folder and what is below it. Links are matched by their name and not followed. */
export async function* search(root: Root, path: WorkspacePath, options: SearchOptions): AsyncGenerator<SearchMatch> {
  using folder = await openFolder(root, path);
  const matchesName = nameMatcher(options);
  let found = 0;
  for await (const visit of walkTree(folder.directory, { hideReserved: folder.segments.length === 0 })) {
    if (options.signal.aborted) return;
    if (visit.stats === null || !matchesName(visit.segments)) continue;
    for await (const match of matchesIn(visit, `/${[...path.segments, ...visit.segments].join("/")}`, options)) {
      yield match;
      found += 1;
      if (found === options.limit) return;
    }
  }
}

function nameMatcher({ name, ignoreCase }: SearchOptions): (segments: readonly string[]) => boolean {
  if (name === null) return () => true;
  if (!ignoreCase) return globMatcher(name);
  const matches = globMatcher(name.toLowerCase());
  return (segments) => matches(segments.map((segment) => segment.toLowerCase()));
}

async function* matchesIn(
  visit: Visit,
  path: string,
  { content, ignoreCase, signal }: SearchOptions,
): AsyncGenerator<SearchMatch> {
  if (visit.stats === null) return;
  const kind = kindOf(visit.stats);
  if (content === null) {
    yield { path, kind, line: null, text: null };
    return;
  }
  if (kind !== "file") return;
  const file = await openOrNull(visit, path);
  if (file === null) return;
  using _open = file;
  const needle = { bytes: Buffer.from(content), ignoreCase };
  for await (const { line, text } of matchingLines(file, needle, signal)) yield { path, kind, line, text };
}

/** Null for what cannot be read: a search tells what it finds, not what it could not look into. */
async function openOrNull({ directory, name }: Visit, path: string): Promise<ReadableFile | null> {
  try {
    return await openRegularFile(directory, name, path);
  } catch {
    return null;
  }
}

interface Needle {
  bytes: Buffer;
  ignoreCase: boolean;
}

/** Goes through a file a chunk of whole lines at a time; only chunks that hold the text are looked at line by line. */
async function* matchingLines(
  { fd }: ReadableFile,
  needle: Needle,
  signal: AbortSignal,
): AsyncGenerator<{ line: number; text: string }> {
  let rest = Buffer.alloc(0);
  let line = 1;
  for (let position = 0; !signal.aborted; ) {
    const buffer = Buffer.allocUnsafe(rest.length + CHUNK_BYTES);
    rest.copy(buffer);
    const bytes = await read(fd, buffer.subarray(rest.length), CHUNK_BYTES, position);
    const filled = buffer.subarray(0, rest.length + bytes);
    if (position === 0 && filled.subarray(0, BINARY_LOOK_BYTES).includes(0)) return;
    position += bytes;
    const isEnd = bytes === 0;
    // A line longer than a chunk is taken in pieces.
    const lastNewline = isEnd ? filled.length : filled.lastIndexOf(NEWLINE) + 1;
    const cut =
      lastNewline === 0 && filled.length >= 2 * CHUNK_BYTES ? filled.length - needle.bytes.length : lastNewline;
    const lines = filled.subarray(0, cut);
    yield* needle.ignoreCase ? linesAlike(lines, needle.bytes, line) : linesWith(lines, needle.bytes, line);
    line += countNewlines(filled.subarray(0, cut));
    rest = Buffer.from(filled.subarray(cut));
    if (isEnd) return;
  }
}

function* linesWith(lines: Buffer, needle: Buffer, firstLine: number): Generator<{ line: number; text: string }> {
  let line = firstLine;
  let counted = 0;
  for (let at = lines.indexOf(needle); at >= 0; ) {
    const start = lines.lastIndexOf(NEWLINE, at) + 1;
    const newline = lines.indexOf(NEWLINE, at);
    const end = newline < 0 ? lines.length : newline;
    line += countNewlines(lines.subarray(counted, start));
    counted = start;
    yield { line, text: excerpt(lines.subarray(start, end), at - start) };
    at = newline < 0 ? -1 : lines.indexOf(needle, end + 1);
  }
}

/** Without regard to upper and lower case, as Unicode has them. */
function* linesAlike(lines: Buffer, needle: Buffer, firstLine: number): Generator<{ line: number; text: string }> {
  const wanted = needle.toString("utf8").toLowerCase();
  const text = lines.toString("utf8");
  // Most chunks hold nothing, and one look at the whole is cheaper than one at every line.
  if (!text.toLowerCase().includes(wanted)) return;
  let line = firstLine;
  for (const each of text.split("\n")) {
    const at = each.toLowerCase().indexOf(wanted);
    if (at >= 0) yield { line, text: excerpt(Buffer.from(each), Buffer.byteLength(each.slice(0, at))) };
    line += 1;
  }
}

/** The line, or of a very long one the part around the match. */
function excerpt(line: Buffer, at: number): string {
  const from = at > LINE_CHARS_MAX / 2 && line.length > LINE_CHARS_MAX ? at - LINE_CHARS_MAX / 4 : 0;
  const text = line.toString("utf8", from, from + LINE_CHARS_MAX * 4).replace(/\r$/, "");
  return [...text].slice(0, LINE_CHARS_MAX).join("");
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
