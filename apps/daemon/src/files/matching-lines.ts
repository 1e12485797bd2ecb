import { read } from "./fs-calls.ts";

export interface LineQuery {
  content: string;
  ignoreCase: boolean;
}

export interface MatchingLine {
  /** 1-based. */
  line: number;
  text: string;
}

const PIECE_BYTES = 256 * 1024;
/** The part of a longer line that was already searched is dropped. */
const LINE_CHARS_KEPT = 512 * 1024;
const EXCERPT_CHARS_MAX = 400;
const EXCERPT_CHARS_BEFORE = EXCERPT_CHARS_MAX / 4;
/** A file with a NUL in its first bytes counts as binary, as in git. */
const BINARY_PROBE_BYTES = 8000;

/** The lines of an open file that contain the text, each once. A binary file has none. Memory is bounded for any file. */
export async function* matchingLines(
  fd: number,
  { content, ignoreCase }: LineQuery,
  signal: AbortSignal,
): AsyncGenerator<MatchingLine> {
  const query = new Query(content, ignoreCase);
  let rest = "";
  let line = 1;
  /** Whether the line that `rest` belongs to has been reported. */
  let isReported = false;
  for await (const { text, isEnd } of pieces(fd, signal)) {
    const buffered = rest + text;
    const end = isEnd ? buffered.length : buffered.lastIndexOf("\n") + 1;
    if (end > 0) {
      const lines = buffered.slice(0, end);
      for (const match of query.linesIn(lines, line)) if (!isReported || match.line !== line) yield match;
      line += countNewlines(lines);
      isReported = false;
    }
    rest = buffered.slice(end);
    if (rest.length <= LINE_CHARS_KEPT) continue;
    if (!isReported) {
      for (const match of query.linesIn(rest, line)) {
        yield match;
        isReported = true;
      }
    }
    // A match may span the cut.
    rest = rest.slice(-query.overlap);
  }
}

class Query {
  readonly #wanted: string;
  readonly #ignoreCase: boolean;

  constructor(content: string, ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase;
    this.#wanted = this.#fold(content);
  }

  /** Characters to keep for a match across the cut. Lower-casing never shortens text. */
  get overlap(): number {
    return this.#wanted.length + EXCERPT_CHARS_BEFORE;
  }

  *linesIn(text: string, firstLine: number): Generator<MatchingLine> {
    // Most pieces have no match, and one search of the whole is cheaper than one per line.
    if (!this.#fold(text).includes(this.#wanted)) return;
    let line = firstLine;
    for (const each of text.split("\n")) {
      const at = this.#fold(each).indexOf(this.#wanted);
      if (at >= 0) yield { line, text: excerpt(each, at) };
      line += 1;
    }
  }

  /** Folds case by Unicode rules when `ignoreCase` is set. */
  #fold(text: string): string {
    return this.#ignoreCase ? text.toLowerCase() : text;
  }
}

/** The line, or the part around the match of a very long line. */
function excerpt(line: string, at: number): string {
  const from = at > EXCERPT_CHARS_MAX / 2 && line.length > EXCERPT_CHARS_MAX ? at - EXCERPT_CHARS_BEFORE : 0;
  const cut = line.slice(from, from + EXCERPT_CHARS_MAX);
  return cut.replace(/\r$/, "").toWellFormed();
}

/** Decodes a file in pieces: UTF-8, or UTF-16 with a byte order mark. The last piece may be empty. */
async function* pieces(fd: number, signal: AbortSignal): AsyncGenerator<{ text: string; isEnd: boolean }> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  let bytes = await read(fd, buffer, PIECE_BYTES, 0);
  const encoding = encodingOf(buffer.subarray(0, bytes));
  if (encoding === null) return;
  const decoder = new TextDecoder(encoding);
  for (let position = 0; !signal.aborted; bytes = await read(fd, buffer, PIECE_BYTES, position)) {
    const isEnd = bytes === 0;
    yield { text: decoder.decode(buffer.subarray(0, bytes), { stream: !isEnd }), isEnd };
    if (isEnd) return;
    position += bytes;
  }
}

/** Null for a binary file. */
function encodingOf(start: Buffer): "utf-8" | "utf-16le" | "utf-16be" | null {
  const [first, second, third, fourth] = start;
  const isUtf32 = first === 0xff && second === 0xfe && third === 0 && fourth === 0;
  if (first === 0xff && second === 0xfe && !isUtf32) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return start.subarray(0, BINARY_PROBE_BYTES).includes(0) ? null : "utf-8";
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
