import { encodeFrame, FrameError, OFFSET_FIELD_BYTES, readOffset, writeOffset } from "../frames.ts";

/**
 * Frames on the stream of a terminal between API and daemon.
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

export const encodeSize = ({ columns, rows }: { columns: number; rows: number }): Uint8Array =>
  encodeFrame(FRAME.size, new Uint8Array([columns >> 8, columns, rows >> 8, rows]));

export function decodeSize(payload: Uint8Array): { columns: number; rows: number } {
  const view = viewOf(payload, 4);
  return { columns: view.getUint16(0), rows: view.getUint16(2) };
}

export function encodeReceived(offset: number): Uint8Array {
  const payload = new Uint8Array(OFFSET_FIELD_BYTES);
  writeOffset(payload, 0, offset);
  return encodeFrame(FRAME.received, payload);
}

export function decodeReceived(payload: Uint8Array): number {
  viewOf(payload, OFFSET_FIELD_BYTES);
  return readOffset(payload);
}

export function encodeExited(exitCode: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setInt32(0, exitCode);
  return encodeFrame(FRAME.exited, payload);
}

export const decodeExited = (payload: Uint8Array): number => viewOf(payload, 4).getInt32(0);

function viewOf(payload: Uint8Array, length: number): DataView {
  if (payload.length !== length) throw new FrameError(`A frame of ${payload.length} bytes should have ${length}.`);
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}
