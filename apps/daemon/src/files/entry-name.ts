import { isUtf8 } from "node:buffer";
import { readdir } from "node:fs/promises";
import type { OpenDirectory } from "./open-directory.ts";

/** A name as the file system has it: text where the bytes are valid UTF-8, otherwise the bytes themselves. */
export type EntryName = string | Buffer;

export const nameBytes = (name: EntryName): Buffer => (typeof name === "string" ? Buffer.from(name) : name);

/** @param bytes are kept when they are not UTF-8, so they must not change afterwards. */
export const nameOf = (bytes: Buffer): EntryName => (isUtf8(bytes) ? bytes.toString("utf8") : bytes);

/** All names in a folder, in the order of their bytes. */
export async function readNames(directory: OpenDirectory): Promise<EntryName[]> {
  const names = await readdir(directory.self);
  // Reading text is several times faster than bytes. Only a replacement character asks for a second reading.
  if (!names.some((name) => name.includes("\uFFFD"))) return names.sort(compareText);
  const bytes = await readdir(directory.self, { encoding: "buffer" });
  return bytes.sort(Buffer.compare).map(nameOf);
}

/** By code point, which is the order of the UTF-8 bytes. Code units differ from it only where surrogates are involved. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return /[\uD800-\uFFFF]/.test(left + right)
    ? Buffer.compare(Buffer.from(left), Buffer.from(right))
    : left < right
      ? -1
      : 1;
}

/**
 * How a name that is not UTF-8 is shown: printable ASCII as it is, every other byte and the backslash as `\xNN`. No two
 * names are shown alike, so the bytes can be read back.
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
