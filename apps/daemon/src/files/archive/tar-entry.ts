/** One entry of a tar archive. Names, link targets and attribute values are bytes and are never decoded. */
export interface TarEntry {
  kind: TarKind;
  /** Without a trailing slash. */
  path: Buffer;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
  /** The target of a symbolic link, or the path of a hard link's first name. */
  linkPath: Buffer;
  deviceMajor: number;
  deviceMinor: number;
  /** Extended attributes, access control lists among them. */
  attributes: ReadonlyMap<string, Buffer>;
  /** The file's length, holes included. */
  size: number;
  /** The data regions of a sparse file, in order; null for any other file. */
  extents: readonly Extent[] | null;
}

/** Tar has no sockets. A socket is written as a pipe with the record that star uses for sockets. */
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

/** The sum of a header block's bytes, with the checksum field counted as spaces. */
export function checksumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK_BYTES; at += 1) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  return sum;
}

const ATTRIBUTE_PREFIX = "SCHILY.xattr.";

/** The record key of an attribute. Escapes `=` and `%` as GNU tar does. */
export const attributeKey = (name: string): string =>
  ATTRIBUTE_PREFIX + name.replaceAll("%", "%25").replaceAll("=", "%3D");

/** The attribute that a record key names; null for other records. */
export const attributeOfKey = (key: string): string | null =>
  key.startsWith(ATTRIBUTE_PREFIX)
    ? key.slice(ATTRIBUTE_PREFIX.length).replaceAll("%3D", "=").replaceAll("%25", "%")
    : null;
