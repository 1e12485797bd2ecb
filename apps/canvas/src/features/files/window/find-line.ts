import { countNewlines } from "./cut-window.ts";

const NEWLINE = 0x0a;

export interface FoundLine {
  /** The line that was asked for, or the last one of a shorter file. */
  line: number;
  offset: number;
}

/**
 * Reads a file from its start until a line begins. Nothing is kept of what is read, so a file of any size can be gone
 * through; `onProgress` tells how far it is.
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

/** Where the line begins that has so many line breaks before it. */
function placeOf(piece: Uint8Array, breaks: number): number {
  let at = 0;
  for (let left = breaks; left > 0; left--) at = piece.indexOf(NEWLINE, at) + 1;
  return at;
}
