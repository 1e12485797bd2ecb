import type Docker from "dockerode";
import { tailOf } from "../tail.ts";

/** The last `tailBytes` of both streams in the order the engine wrote them, with colour codes. */
export async function readContainerLog(container: Docker.Container, tailBytes: number) {
  // A line has at least one byte, so this many lines contain the tail; one more shows whether something was cut.
  const tail = tailBytes + 1;
  const framed = (await container.logs({ stdout: true, stderr: true, follow: false, tail })) as unknown as Buffer;
  return tailOf(unframe(framed), tailBytes);
}

const FRAME_HEADER_BYTES = 8;

/** The engine's frame header: one byte for the stream, three unused bytes, four bytes for the length. */
export function unframe(framed: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at + FRAME_HEADER_BYTES <= framed.length; ) {
    const end = at + FRAME_HEADER_BYTES + framed.readUInt32BE(at + 4);
    pieces.push(framed.subarray(at + FRAME_HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(pieces);
}
