import { expect, test } from "vitest";
import { encodeFrame, FrameReader } from "../frames.ts";
import { decodeExited, decodeReceived, decodeSize, encodeExited, encodeReceived, encodeSize, FRAME } from "./frames.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("frames are decoded unchanged from chunks of any size", () => {
  const frames = [
    { type: FRAME.input, payload: bytes(1, 2, 3) },
    { type: FRAME.output, payload: bytes() },
    { type: FRAME.output, payload: Uint8Array.from({ length: 5_000 }, (_, index) => index % 251) },
  ];
  const wire = frames.flatMap(({ type, payload }) => [...encodeFrame(type, payload)]);
  for (const size of [1, 2, 7, 4096, wire.length]) {
    const reader = new FrameReader(FRAME);
    const seen = [];
    for (let at = 0; at < wire.length; at += size) {
      // Reuses its memory for every chunk, as a stream does.
      const piece = bytes(...wire.slice(at, at + size));
      for (const { type, payload } of reader.read(piece)) seen.push({ type, payload: payload.slice() });
      piece.fill(255);
    }
    expect(seen).toEqual(frames);
  }
});

test("sizes, offsets and exit codes are decoded unchanged", () => {
  const payloadOf = (frame: Uint8Array) => [...new FrameReader(FRAME).read(frame)][0]?.payload ?? bytes();
  expect(decodeSize(payloadOf(encodeSize({ columns: 1000, rows: 255 })))).toEqual({ columns: 1000, rows: 255 });
  for (const offset of [0, 255, 2 ** 32 - 1, 2 ** 32, 2 ** 47 + 12_345])
    expect(decodeReceived(payloadOf(encodeReceived(offset)))).toBe(offset);
  for (const code of [0, 1, 255, -1]) expect(decodeExited(payloadOf(encodeExited(code)))).toBe(code);
});

test("invalid frames are rejected", () => {
  const read = (chunk: Uint8Array) => [...new FrameReader(FRAME).read(chunk)];
  expect(() => read(bytes(9, 0, 0, 0, 0))).toThrow(/not frames/);
  expect(() => read(bytes(FRAME.input, 255, 255, 255, 255))).toThrow(/not frames/);
  expect(() => decodeSize(bytes(1, 2, 3))).toThrow(/should have 4/);
});
