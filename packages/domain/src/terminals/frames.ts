/**
 * What travels between API and daemon on a terminal's stream: a type, a length, that many bytes.
 *
 * | type | direction | bytes |
 * |---|---|---|
 * | input | to the daemon | what was typed |
 * | size | to the daemon | columns and rows, 16 bits each |
 * | received | to the daemon | the offset up to which output has been dealt with, 48 bits |
 * | output | from the daemon | what the shell printed |
 * | exited | from the daemon | the exit code, 32 bits |
 */
export const FRAME = { input: 0, size: 1, received: 2, output: 3, exited: 4 } as const;
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export interface Frame {
  type: FrameType;
  payload: Uint8Array;
}

const HEADER_BYTES = 5;
/** Above anything either side sends: more is not this protocol. */
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
  if (payload.length !== length) throw new Error(`A frame of ${payload.length} bytes should have ${length}.`);
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** Puts frames together again from whatever pieces the stream brings. */
export class FrameReader {
  #rest = new Uint8Array(0);

  /** @throws Error for bytes that are no frames. */
  *read(chunk: Uint8Array): Generator<Frame> {
    let bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    for (;;) {
      if (bytes.length < HEADER_BYTES) break;
      const type = bytes[0] as FrameType;
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      if (!TYPES.has(type) || length > PAYLOAD_BYTES_MAX) throw new Error("These bytes are no frames of a terminal.");
      if (bytes.length < HEADER_BYTES + length) break;
      const payload = bytes.subarray(HEADER_BYTES, HEADER_BYTES + length);
      bytes = bytes.subarray(HEADER_BYTES + length);
      yield { type, payload };
    }
    // A copy: what the stream gave may be used again.
    this.#rest = bytes.slice();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
