const NEWLINE = 0x0a;

/** A part of a file as whole lines, with its position in the file. */
export interface FileWindow {
  text: string;
  /** The offset of the first byte shown, and of the one after the last. */
  from: number;
  to: number;
  /** The number of lines. */
  lines: number;
}

interface Cut {
  offset: number;
  /** The first byte is the start of a line, so nothing is missing before it. */
  isAligned: boolean;
  /** The bytes reach the end of the file, or the start of the next window. */
  isWholeAtEnd: boolean;
}

/** Trims broken lines at both ends of what was read. A line longer than the window is split between characters. */
export function cutWindow(bytes: Uint8Array, { offset, isAligned, isWholeAtEnd }: Cut): FileWindow {
  const firstBreak = isAligned ? -1 : bytes.indexOf(NEWLINE);
  let start = isAligned ? 0 : firstBreak + 1;
  if (!isAligned && (firstBreak === -1 || firstBreak === bytes.length - 1)) start = nextCharacter(bytes, 0);
  const lastBreak = bytes.lastIndexOf(NEWLINE) + 1;
  let end = isWholeAtEnd ? bytes.length : lastBreak;
  if (end <= start) end = wholeCharacters(bytes, start);
  const shown = bytes.subarray(start, end);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(shown);
  return { text, from: offset + start, to: offset + end, lines: countLines(shown) };
}

/** The first position at or after `at` that is not inside a character. */
function nextCharacter(bytes: Uint8Array, at: number): number {
  let place = at;
  while (place < bytes.length && place < at + 4 && isContinuation(bytes[place])) place++;
  return place;
}

/** The end of the last complete character. */
function wholeCharacters(bytes: Uint8Array, start: number): number {
  let last = bytes.length - 1;
  while (last > start && isContinuation(bytes[last])) last--;
  const lead = bytes[last] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return last > start && last + length > bytes.length ? last : bytes.length;
}

const isContinuation = (byte: number | undefined): boolean => ((byte ?? 0) & 0xc0) === 0x80;

function countLines(bytes: Uint8Array): number {
  const breaks = countNewlines(bytes);
  return bytes.length > 0 && bytes.at(-1) !== NEWLINE ? breaks + 1 : breaks;
}

export function countNewlines(bytes: Uint8Array): number {
  let breaks = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) breaks++;
  return breaks;
}
