import { joinPath } from "../paths.ts";

const MiB = 1024 * 1024;

/** Larger files are sent in parts, so that a broken connection costs one part at most. */
export const PARTS_FROM_BYTES = 16 * MiB;
export const PART_BYTES = 16 * MiB;

/** A dropped or chosen file: its destination below the target folder, and its bytes. */
export interface Picked {
  /** `notes.txt`, or `project/src/main.ts` for a file of a dropped folder. */
  relativePath: string;
  file: File;
}

export const targetOf = (folder: string, relativePath: string): string =>
  relativePath.split("/").filter(Boolean).reduce(joinPath, folder);

export interface Part {
  start: number;
  /** The offset after the last byte. */
  end: number;
}

/** The next part to send after `offset` bytes; null when all have arrived. */
export function nextPart(size: number, offset: number, partBytes = PART_BYTES): Part | null {
  return offset >= size ? null : { start: offset, end: Math.min(offset + partBytes, size) };
}

export const isSentInParts = (size: number): boolean => size > PARTS_FROM_BYTES;

export const contentRange = ({ start, end }: Part, size: number): string => `bytes ${start}-${end - 1}/${size}`;
