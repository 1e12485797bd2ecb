/**
 * Frames on the stream of a terminal between API and daemon: a type, a length, that many bytes.
 *
 * | type | direction | bytes |
 * |---|---|---|
 * | input | to the daemon | what was typed |
 * | size | to the daemon | columns and rows, 16 bits each |
 * | received | to the daemon | the offset up to which output has been consumed, 48 bits |
 * | output | from the daemon | what the shell printed |
 * | exited | from the daemon | the exit code, 32 bits |
 */
export const FRAME = { input: 0, size: 1, received: 2, output: 3, exited: 4 } as const;
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export interface Frame {
  type: FrameType;
  payload: Uint8Array;
}

/** The bytes violate the protocol. */
export class TerminalFrameError extends Error {
  override readonly name = "TerminalFrameError";
}

const HEADER_BYTES = 5;
/** Larger than any frame that either side sends. */
const PAYLOAD_BYTES_MAX = 1024 * 1024;
const TYPES: ReadonlySet<number> = new Set(Object.values(FRAME));

export function encodeFrame(type: FrameType, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export const encodeSize = ({ columns, rows }: { columns: number; rows: number }): Uint8Array =>
  encodeFrame(FRAME.size, new Uint8Array([columns >> 8, columns, rows >> 8, rows]));

export function decodeSize(payload: Uint8Array): { columns: number; rows: number } {
  const view = viewOf(payload, 4);
  return { columns: view.getUint16(0), rows: view.getUint16(2) };
}

const TWO_TO_32 = 2 ** 32;

export function encodeReceived(offset: number): Uint8Array {
  const payload = new Uint8Array(6);
  const view = new DataView(payload.buffer);
  view.setUint16(0, Math.floor(offset / TWO_TO_32));
  view.setUint32(2, offset % TWO_TO_32);
  return encodeFrame(FRAME.received, payload);
}

export function decodeReceived(payload: Uint8Array): number {
  const view = viewOf(payload, 6);
  return view.getUint16(0) * TWO_TO_32 + view.getUint32(2);
}

export function encodeExited(exitCode: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setInt32(0, exitCode);
  return encodeFrame(FRAME.exited, payload);
}

export const decodeExited = (payload: Uint8Array): number => viewOf(payload, 4).getInt32(0);

function viewOf(payload: Uint8Array, length: number): DataView {
  if (payload.length !== length)
    throw new TerminalFrameError(`A frame of ${payload.length} bytes should have ${length}.`);
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** Reassembles frames from the chunks of a stream. */
export class FrameReader {
  /** Bytes of an incomplete frame, at the front of a buffer that grows to the largest frame. */
  #buffer = new Uint8Array(0);
  #length = 0;

  /** @throws TerminalFrameError when the bytes are not frames. */
  *read(chunk: Uint8Array): Generator<Frame> {
    const isBuffered = this.#length > 0;
    let bytes = isBuffered ? this.#append(chunk) : chunk;
    let frame = firstFrame(bytes);
    // Keep the buffer: a large frame that arrives byte by byte must not be copied for each byte.
    if (frame === null && isBuffered) return;
    for (; frame !== null; frame = firstFrame(bytes)) {
      bytes = bytes.subarray(HEADER_BYTES + frame.payload.length);
      yield isBuffered ? { ...frame, payload: frame.payload.slice() } : frame;
    }
    this.#keep(bytes);
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

/** @returns null while the frame is incomplete. */
function firstFrame(bytes: Uint8Array): Frame | null {
  if (bytes.length < HEADER_BYTES) return null;
  const type = bytes[0] as FrameType;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  if (!TYPES.has(type) || length > PAYLOAD_BYTES_MAX) {
    throw new TerminalFrameError("These bytes are not terminal frames.");
  }
  if (bytes.length < HEADER_BYTES + length) return null;
  return { type, payload: bytes.subarray(HEADER_BYTES, HEADER_BYTES + length) };
}
