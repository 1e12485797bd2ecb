import { isUtf8 } from "node:buffer";
import { readdir } from "node:fs/promises";
import type { OpenDirectory } from "./open-directory.ts";

/** A file name: text when its bytes are valid UTF-8, otherwise the bytes. */
export type EntryName = string | Buffer;

export const nameBytes = (name: EntryName): Buffer => (typeof name === "string" ? Buffer.from(name) : name);

/** @param bytes retained when they are not UTF-8, so the caller must not change them. */
export const nameOf = (bytes: Buffer): EntryName => (isUtf8(bytes) ? bytes.toString("utf8") : bytes);

/** All names in a folder, in byte order. */
export async function readNames(directory: OpenDirectory): Promise<EntryName[]> {
  const names = await readdir(directory.self);
  // Text is several times faster to read than bytes; only a replacement character requires a second read.
  if (!names.some((name) => name.includes("\uFFFD"))) return names.sort(compareText);
  const bytes = await readdir(directory.self, { encoding: "buffer" });
  return bytes.sort(Buffer.compare).map(nameOf);
}

/** Compares by code point, which is the order of UTF-8 bytes. Code unit order differs only for surrogates. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return /[\uD800-\uFFFF]/.test(left + right)
    ? Buffer.compare(Buffer.from(left), Buffer.from(right))
    : left < right
      ? -1
      : 1;
}

/**
 * Displays a name that is not UTF-8: printable ASCII unchanged, other bytes and the backslash as `\xNN`. The mapping is
 * unambiguous, so the bytes can be recovered.
 */
export function showName(name: EntryName): string {
  if (typeof name === "string") return name;
  let shown = "";
  for (const byte of name) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    shown += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return shown;
}
