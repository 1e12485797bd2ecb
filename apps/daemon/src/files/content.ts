import type { BigIntStats } from "node:fs";
import { systemCalls } from "../native/system-calls.ts";
import { read } from "./fs-calls.ts";

export const CHUNK_BYTES = 256 * 1024;

/** A part of a file that is on the disk; what lies between two is a hole and reads as zeros. */
export interface Extent {
  start: number;
  bytes: number;
}

const BLOCK_BYTES = 512n;
/** A file in more pieces than this is taken as a whole, so that a list of them stays small. */
const EXTENTS_MAX = 100_000;

/** Null for a file without holes, and where they cannot be asked for. */
export function extentsOf(fd: number, { size, blocks }: Pick<BigIntStats, "size" | "blocks">): Extent[] | null {
  const calls = systemCalls();
  if (calls === null || blocks * BLOCK_BYTES >= size) return null;
  const extents: Extent[] = [];
  const end = Number(size);
  for (let start = calls.nextData(fd, 0); start !== null && start < end; ) {
    const hole = Math.min(calls.nextHole(fd, start), end);
    extents.push({ start, bytes: hole - start });
    if (extents.length > EXTENTS_MAX) return null;
    start = hole < end ? calls.nextData(fd, hole) : null;
  }
  return extents;
}

/** The data of a file from front to back, no further than it was long when it was opened. Ends early when it has become shorter. */
export async function* dataOf(
  fd: number,
  size: number,
  extents: readonly Extent[] | null,
): AsyncGenerator<{ at: number; bytes: Buffer }> {
  for (const { start, bytes: wanted } of extents ?? [{ start: 0, bytes: size }]) {
    for (let at = start; at < start + wanted; ) {
      const length = Math.min(CHUNK_BYTES, start + wanted - at);
      const buffer = Buffer.allocUnsafe(length);
      const bytes = await read(fd, buffer, length, at);
      if (bytes === 0) return;
      yield { at, bytes: buffer.subarray(0, bytes) };
      at += bytes;
    }
  }
}
