import type { BigIntStats, Stats } from "node:fs";
import type { FileKind } from "@berth/domain";

/**
 * Opaque and strong: a write through Berth makes a new inode, one in place moves both times (in nanoseconds). Kept free of
 * quotes inside, so that it is an HTTP entity tag as it stands.
 */
export function etagOf(stats: BigIntStats): string {
  const parts = [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs];
  return `"${parts.map((part) => part.toString(36)).join("-")}"`;
}

export function kindOf(stats: Stats | BigIntStats): FileKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  return "other";
}

export const PERMISSION_BITS = 0o7777;

/** Years before 0 and behind 275,760 are legal on disks and not in `Date`. */
export function isoTime(milliseconds: number): string | null {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
