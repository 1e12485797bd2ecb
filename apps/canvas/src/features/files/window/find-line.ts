import { countNewlines } from "./cut-window.ts";

const NEWLINE = 0x0a;

export interface FoundLine {
  /** The requested line, or the last one of a shorter file. */
  line: number;
  offset: number;
}

/**
 * Reads a file from its start until a line begins. Nothing is kept, so it works for files of any size; `onProgress`
 * reports the position.
 */
export async function findLine(
  pieces: AsyncIterable<Uint8Array>,
  wanted: number,
  onProgress: (bytes: number) => void,
): Promise<FoundLine> {
  let line = 1;
  let read = 0;
  let last: FoundLine = { line: 1, offset: 0 };
  for await (const piece of pieces) {
    const breaks = countNewlines(piece);
    if (line + breaks >= wanted) return { line: wanted, offset: read + placeOf(piece, wanted - line) };
    if (breaks > 0) last = { line: line + breaks, offset: read + piece.lastIndexOf(NEWLINE) + 1 };
    line += breaks;
    read += piece.length;
    onProgress(read);
  }
  return last;
}

/** The start of the line after that many line breaks. */
function placeOf(piece: Uint8Array, breaks: number): number {
  let at = 0;
  for (let left = breaks; left > 0; left--) at = piece.indexOf(NEWLINE, at) + 1;
  return at;
}
