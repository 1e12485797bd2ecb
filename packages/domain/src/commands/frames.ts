import {
  FRAME_HEADER_BYTES,
  FrameError,
  OFFSET_FIELD_BYTES,
  readOffset,
  writeFrameHeader,
  writeOffset,
} from "../frames.ts";

/**
 * Frames on the stream of a command's output, from the daemon to the API.
 *
 * | type | bytes |
 * |---|---|
 * | stdout, stderr | the offset of the first byte, 48 bits, then the bytes. An offset beyond the expected one is a gap |
 * | ended | a `CommandReport` as JSON; the last frame |
 */
export const COMMAND_FRAME = { stdout: 16, stderr: 17, ended: 18 } as const;
export type CommandFrameType = (typeof COMMAND_FRAME)[keyof typeof COMMAND_FRAME];

export const COMMAND_STREAMS = ["stdout", "stderr"] as const;
export type CommandStream = (typeof COMMAND_STREAMS)[number];

/** Where the bytes of an output frame begin. A daemon reads them from its disk into place, without a copy. */
export const OUTPUT_FRAME_HEAD_BYTES = FRAME_HEADER_BYTES + OFFSET_FIELD_BYTES;

/** Completes a frame whose bytes are already in place. */
export function sealOutputFrame(
  frame: Uint8Array,
  { stream, offset, length }: { stream: CommandStream; offset: number; length: number },
): Uint8Array {
  writeFrameHeader(frame, COMMAND_FRAME[stream], OFFSET_FIELD_BYTES + length);
  writeOffset(frame, FRAME_HEADER_BYTES, offset);
  return frame.subarray(0, OUTPUT_FRAME_HEAD_BYTES + length);
}

/** @throws FrameError when the payload is not one of an output frame. */
export function readOutputFrame(payload: Uint8Array): { offset: number; bytes: Uint8Array } {
  const offset = readOffset(payload);
  if (payload.length === OFFSET_FIELD_BYTES) throw new FrameError("A frame of output has no bytes.");
  return { offset, bytes: payload.subarray(OFFSET_FIELD_BYTES) };
}
