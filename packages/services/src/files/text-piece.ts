import { type Buffer, isUtf8 } from "node:buffer";
import { DomainError } from "@berth/domain";

/** A character has at most four bytes, so three more bytes complete the character at the end of a piece. */
export const CHARACTER_TAIL_BYTES = 3;

interface Piece {
  path: string;
  /** The position of the first byte in the file. */
  offset: number;
  /** The number of bytes that were requested. */
  length: number;
  /** The requested bytes and up to `CHARACTER_TAIL_BYTES` more. */
  bytes: Buffer;
}

/**
 * Cuts a piece at a character boundary. A split character belongs to the next piece, unless it is the only
 * one.
 *
 * @returns the bytes of the text
 * @throws DomainError `invalid_input` when they are not UTF-8, because writing the text back would change them
 */
export function textOf({ path, offset, length, bytes }: Piece): Buffer {
  if (offset > 0 && isContinuation(bytes[0])) {
    const message = `Offset ${offset} of ${path} is inside a character. Begin at the last offset plus the bytes of its text, or read it with encoding "base64".`;
    throw new DomainError("invalid_input", message, { details: { field: "offset", encoding: "base64" } });
  }
  const text = bytes.subarray(0, endOfCharacters(bytes, length));
  if (isUtf8(text)) return text;
  const message = `${path} contains bytes that are not UTF-8. Read it, and write it, with encoding "base64".`;
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

/** A UTF-8 continuation byte: any byte of a character except its first. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
