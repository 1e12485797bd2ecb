/** Frames on a stream between API and daemon: a type of one byte, a length of four bytes, that many bytes. */
export interface Frame<Type extends number = number> {
  type: Type;
  payload: Uint8Array;
}

/** The bytes violate the protocol. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

export const FRAME_HEADER_BYTES = 5;
/** Larger than any frame that either side sends. */
const PAYLOAD_BYTES_MAX = 1024 * 1024;
const OFFSET_BYTES = 6;
const TWO_TO_32 = 2 ** 32;

export function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(bytes, type, payload.length);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

export function writeFrameHeader(bytes: Uint8Array, type: number, payloadBytes: number): void {
  bytes[0] = type;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(1, payloadBytes);
}

/** Writes an offset of 48 bits. */
export function writeOffset(bytes: Uint8Array, at: number, offset: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(at, Math.floor(offset / TWO_TO_32));
  view.setUint32(at + 2, offset % TWO_TO_32);
}

export const OFFSET_FIELD_BYTES = OFFSET_BYTES;

/** @throws FrameError when the payload is shorter than an offset. */
export function readOffset(payload: Uint8Array): number {
  if (payload.length < OFFSET_BYTES) throw new FrameError(`A frame of ${payload.length} bytes has no offset.`);
  const view = new DataView(payload.buffer, payload.byteOffset);
  return view.getUint16(0) * TWO_TO_32 + view.getUint32(2);
}

/** Reassembles frames from the chunks of a stream. */
export class FrameReader<Type extends number> {
  readonly #types: ReadonlySet<number>;
  /** Bytes of an incomplete frame, at the front of a buffer that grows to the largest frame. */
  #buffer = new Uint8Array(0);
  #length = 0;

  /** @param types the types that the peer may send */
  constructor(types: Readonly<Record<string, Type>>) {
    this.#types = new Set(Object.values(types));
  }

  /** @throws FrameError when the bytes are not such frames. */
  *read(chunk: Uint8Array): Generator<Frame<Type>> {
    const isBuffered = this.#length > 0;
    let bytes = isBuffered ? this.#append(chunk) : chunk;
    let frame = this.#first(bytes);
    // Keep the buffer: a large frame that arrives byte by byte must not be copied for each byte.
    if (frame === null && isBuffered) return;
    for (; frame !== null; frame = this.#first(bytes)) {
      bytes = bytes.subarray(FRAME_HEADER_BYTES + frame.payload.length);
      yield isBuffered ? { ...frame, payload: frame.payload.slice() } : frame;
    }
    this.#keep(bytes);
  }

  /** @returns null while the frame is incomplete. */
  #first(bytes: Uint8Array): Frame<Type> | null {
    if (bytes.length < FRAME_HEADER_BYTES) return null;
    const type = bytes[0] as Type;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    if (!this.#types.has(type) || length > PAYLOAD_BYTES_MAX) throw new FrameError("These bytes are not frames.");
    if (bytes.length < FRAME_HEADER_BYTES + length) return null;
    return { type, payload: bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length) };
  }

  #append(chunk: Uint8Array): Uint8Array {
    this.#reserve(this.#length + chunk.length);
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies the bytes, because the stream may reuse its chunk. */
  #keep(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes);
    this.#length = bytes.length;
  }

  #reserve(length: number): void {
    if (length <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(length, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
