import { type Buffer, isUtf8 } from "node:buffer";
import { DomainError } from "@berth/domain";

/** The longest character has four bytes, so a piece that reads three more holds the whole of the character at its end. */
export const CHARACTER_TAIL_BYTES = 3;

interface Piece {
  path: string;
  /** Where it begins in its file. */
  offset: number;
  /** How many bytes were asked for. */
  length: number;
  /** Those, and up to `CHARACTER_TAIL_BYTES` more. */
  bytes: Buffer;
}

/**
 * Whole characters only: a character at the end is left to the next piece, unless it is the only one.
 *
 * @returns the bytes that are the text.
 * @throws DomainError `invalid_input` when they are not UTF-8: as text they would be changed when they are written back.
 */
export function textOf({ path, offset, length, bytes }: Piece): Buffer {
  if (offset > 0 && isContinuation(bytes[0])) {
    const message = `Offset ${offset} of ${path} lies inside a character. Begin at the last offset plus the bytes of its text, or read it with encoding "base64".`;
    throw new DomainError("invalid_input", message, { details: { field: "offset", encoding: "base64" } });
  }
  const text = bytes.subarray(0, endOfCharacters(bytes, length));
  if (isUtf8(text)) return text;
  const message = `${path} holds bytes that are not UTF-8. Read it, and write it, with encoding "base64".`;
  throw new DomainError("invalid_input", message, { details: { field: "encoding", encoding: "base64" } });
}

/** The end of the last character that ends within `length`, or of the first one when none does. */
function endOfCharacters(bytes: Buffer, length: number): number {
  if (bytes.length <= length) return bytes.length;
  let end = length;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  if (end > 0 && length - end <= CHARACTER_TAIL_BYTES) return end;
  end = length;
  while (end < bytes.length && isContinuation(bytes[end])) end += 1;
  return end;
}

/** A byte that goes on with a character rather than beginning one. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
