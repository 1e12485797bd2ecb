import { Buffer, isUtf8 } from "node:buffer";
import type { CommandEncoding } from "@berth/domain";

export interface TextPart {
  offset: number;
  data: string;
  encoding: CommandEncoding;
}

/**
 * Turns the bytes of one stream into texts without splitting a character. Bytes that are not UTF-8 become base64, so that
 * every byte arrives.
 */
export class TextParts {
  readonly #encoding: CommandEncoding;
  /** The beginning of a character whose other bytes have not arrived. */
  #started = Buffer.alloc(0);
  #startedAt = 0;

  /** @param encoding `base64`: for all bytes. */
  constructor(encoding: CommandEncoding) {
    this.#encoding = encoding;
  }

  /** The parts that these bytes complete, in order. The bytes may begin after a gap. */
  push(offset: number, bytes: Uint8Array): TextPart[] {
    const parts = offset === this.#startedAt + this.#started.length ? [] : this.end();
    const at = this.#started.length > 0 ? this.#startedAt : offset;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const all = this.#started.length > 0 ? Buffer.concat([this.#started, view]) : view;
    const end = this.#encoding === "base64" ? all.length : endOfCharacters(all);
    const isText = this.#encoding === "utf8" && isUtf8(all.subarray(0, end));
    const used = isText ? end : all.length;
    this.#started = Buffer.from(all.subarray(used));
    this.#startedAt = at + used;
    if (used > 0) parts.push(partOf(at, all.subarray(0, used), isText));
    return parts;
  }

  /** The bytes of an incomplete character at the end. */
  end(): TextPart[] {
    if (this.#started.length === 0) return [];
    const part = partOf(this.#startedAt, this.#started, false);
    this.#startedAt += this.#started.length;
    this.#started = Buffer.alloc(0);
    return [part];
  }
}

function partOf(offset: number, bytes: Buffer, isText: boolean): TextPart {
  const encoding = isText ? "utf8" : "base64";
  return { offset, data: bytes.toString(encoding), encoding };
}

const CHARACTER_BYTES_MAX = 4;

/** The position after the last whole character. */
function endOfCharacters(bytes: Buffer): number {
  for (let back = 1; back < CHARACTER_BYTES_MAX && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
