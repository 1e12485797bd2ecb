import type { BigIntStats } from "node:fs";
import { systemCalls } from "../native/system-calls.ts";
import { read } from "./fs-calls.ts";

export const CHUNK_BYTES = 256 * 1024;

/** A data region of a file. The gap between two regions is a hole and reads as zeros. */
export interface Extent {
  start: number;
  bytes: number;
}

const BLOCK_BYTES = 512n;
/** A file with more regions is read as a whole, so that the list stays small. */
const EXTENTS_MAX = 100_000;

/** Null for a file without holes, and where the system cannot report them. */
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

/** Reads the data of a file in order, up to its size at opening. Ends early when the file has shrunk. */
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
