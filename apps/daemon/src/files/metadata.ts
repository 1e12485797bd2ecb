import type { BigIntStats, Stats } from "node:fs";
import type { FileKind } from "@berth/domain";

/**
 * An opaque, strong validator: a write through Berth creates a new inode, and a write in place changes both times (in
 * nanoseconds). The result is quoted, so it is a valid HTTP entity tag.
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

/** File systems allow times that `Date` cannot represent, such as the year 275,761. */
export function isoTime(milliseconds: number): string | null {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
