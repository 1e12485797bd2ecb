/** What a tar archive can hold. Names, link targets and the values of attributes are bytes and are never decoded. */
export interface TarEntry {
  kind: TarKind;
  /** Without a slash at the end. */
  path: Buffer;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
  /** What a link leads to, or the path of the entry a hard link is another name of. */
  linkPath: Buffer;
  deviceMajor: number;
  deviceMinor: number;
  /** Extended attributes, access control lists among them. */
  attributes: ReadonlyMap<string, Buffer>;
  /** Of the file, holes included. */
  size: number;
  /** Where data lies in a file with holes, in order; null for one without. */
  extents: readonly Extent[] | null;
}

/** A tar has no sockets: one is written as a pipe with a record beside it that star has for this. */
export type TarKind =
  | "file"
  | "directory"
  | "symlink"
  | "link"
  | "pipe"
  | "socket"
  | "character-device"
  | "block-device";

export interface Extent {
  start: number;
  bytes: number;
}

export const BLOCK_BYTES = 512;
export const NO_BYTES = Buffer.alloc(0);

export const paddingOf = (bytes: number): number => (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;

/** Of a header block: its bytes added up, with the field of the sum itself taken for blanks. */
export function checksumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK_BYTES; at += 1) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  return sum;
}

const ATTRIBUTE_PREFIX = "SCHILY.xattr.";

/** The key of the record that holds an attribute. What would end a key is written as GNU tar does. */
export const attributeKey = (name: string): string =>
  ATTRIBUTE_PREFIX + name.replaceAll("%", "%25").replaceAll("=", "%3D");

/** The name of the attribute a record holds; null when it holds something else. */
export const attributeOfKey = (key: string): string | null =>
  key.startsWith(ATTRIBUTE_PREFIX)
    ? key.slice(ATTRIBUTE_PREFIX.length).replaceAll("%3D", "=").replaceAll("%25", "%")
    : null;
