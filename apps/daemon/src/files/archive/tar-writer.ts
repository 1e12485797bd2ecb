import { isUtf8 } from "node:buffer";
import {
  attributeKey,
  BLOCK_BYTES,
  checksumOf,
  NO_BYTES,
  paddingOf,
  type TarEntry,
  type TarKind,
} from "./tar-entry.ts";

const TYPE_FLAGS: Record<TarKind, string> = {
  file: "0",
  link: "1",
  symlink: "2",
  "character-device": "3",
  "block-device": "4",
  directory: "5",
  pipe: "6",
  socket: "6",
};
const NAME_BYTES = 100;
const OCTAL_7_MAX = 0o7777777;
const OCTAL_11_MAX = 0o77777777777;
const NS_PER_SECOND = 1_000_000_000n;

/**
 * Writes everything before an entry's data: a POSIX.1-1988 header, after an extended header (POSIX.1-2001) for values
 * that do not fit. Holes use GNU's sparse format 1.0. GNU tar, bsdtar and Python can read all of it. A long name that is
 * not UTF-8 goes into GNU's long-name entry, because an extended header contains text.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const path = entry.kind === "directory" ? Buffer.concat([entry.path, Buffer.from("/")]) : entry.path;
  const map = entry.extents === null ? NO_BYTES : sparseMap(entry);
  const before: Buffer[] = [];
  const records: Buffer[] = [];
  if (entry.extents !== null) {
    records.push(record("GNU.sparse.major", "1"), record("GNU.sparse.minor", "0"));
    records.push(record("GNU.sparse.name", path), record("GNU.sparse.realsize", String(entry.size)));
  } else if (path.length > NAME_BYTES || (isUtf8(path) && !isAscii(path))) {
    if (isUtf8(path)) records.push(record("path", path));
    else before.push(longName("L", path));
  }
  if (entry.linkPath.length > NAME_BYTES || (isUtf8(entry.linkPath) && !isAscii(entry.linkPath))) {
    if (isUtf8(entry.linkPath)) records.push(record("linkpath", entry.linkPath));
    else before.push(longName("K", entry.linkPath));
  }
  const seconds = secondsOf(entry.mtimeNs);
  if (entry.mtimeNs % NS_PER_SECOND !== 0n || seconds < 0n || seconds > OCTAL_11_MAX) {
    records.push(record("mtime", decimalSeconds(entry.mtimeNs)));
  }
  const size = storedBytes(entry) + map.length;
  if (size > OCTAL_11_MAX) records.push(record("size", String(size)));
  if (entry.uid > OCTAL_7_MAX) records.push(record("uid", String(entry.uid)));
  if (entry.gid > OCTAL_7_MAX) records.push(record("gid", String(entry.gid)));
  if (entry.kind === "socket") records.push(record("SCHILY.filetype", "socket"));
  for (const [name, value] of entry.attributes) records.push(record(attributeKey(name), value));
  if (records.length > 0) before.push(extension("x", "PaxHeader", Buffer.concat(records)));
  return Buffer.concat([...before, plainHeader(entry, path, size), map]);
}

/** Bytes of content after the header: a file's data without its holes. */
export function storedBytes({ kind, size, extents }: TarEntry): number {
  if (kind !== "file") return 0;
  return extents === null ? size : extents.reduce((sum, { bytes }) => sum + bytes, 0);
}

export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

function plainHeader(entry: TarEntry, path: Buffer, size: number): Buffer {
  return header({
    name: entry.extents === null ? path : Buffer.from("GNUSparseFile.0/file"),
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size,
    seconds: secondsOf(entry.mtimeNs),
    flag: TYPE_FLAGS[entry.kind],
    linkPath: entry.linkPath,
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
  });
}

interface HeaderFields {
  name: Buffer;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  seconds: bigint;
  flag: string;
  linkPath: Buffer;
  deviceMajor: number;
  deviceMinor: number;
}

/** Values too large for their field are in the extended header, and the field is zero. */
function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  fields.name.copy(block, 0, 0, NAME_BYTES);
  writeOctal(block, 100, 8, fields.mode & 0o7777);
  writeOctal(block, 108, 8, fields.uid > OCTAL_7_MAX ? 0 : fields.uid);
  writeOctal(block, 116, 8, fields.gid > OCTAL_7_MAX ? 0 : fields.gid);
  if (fields.size > OCTAL_11_MAX) writeBinary(block, 124, fields.size);
  else writeOctal(block, 124, 12, fields.size);
  const fits = fields.seconds >= 0n && fields.seconds <= OCTAL_11_MAX;
  writeOctal(block, 136, 12, fits ? Number(fields.seconds) : 0);
  block.write(fields.flag, 156, "latin1");
  fields.linkPath.copy(block, 157, 0, NAME_BYTES);
  block.write("ustar\x0000", 257, "latin1");
  writeOctal(block, 329, 8, fields.deviceMajor);
  writeOctal(block, 337, 8, fields.deviceMinor);
  block.write(`${checksumOf(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function writeOctal(block: Buffer, at: number, width: number, value: number): void {
  block.write(
    value
      .toString(8)
      .padStart(width - 1, "0")
      .slice(-(width - 1)),
    at,
    "latin1",
  );
}

/** GNU's format for large sizes, for programs that do not read the extended header. */
function writeBinary(block: Buffer, at: number, value: number): void {
  block.writeUInt8(0x80, at);
  block.writeBigUInt64BE(BigInt(value), at + 4);
}

const plainFile = { mode: 0o644, uid: 0, gid: 0, seconds: 0n, linkPath: NO_BYTES, deviceMajor: 0, deviceMinor: 0 };

function extension(flag: string, name: string, content: Buffer): Buffer {
  const block = header({ ...plainFile, name: Buffer.from(name), size: content.length, flag });
  return Buffer.concat([block, content, Buffer.alloc(paddingOf(content.length))]);
}

const longName = (flag: "L" | "K", name: Buffer): Buffer =>
  extension(flag, "././@LongLink", Buffer.concat([name, Buffer.of(0)]));

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function record(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from("\n")]);
  let length = rest.length + 1;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function sparseMap({ extents, size }: TarEntry): Buffer {
  const listed = [...(extents ?? [])];
  const last = listed.at(-1);
  // An empty piece at the end marks a trailing hole.
  if (!last || last.start + last.bytes < size) listed.push({ start: size, bytes: 0 });
  const text = Buffer.from(`${listed.length}\n${listed.map(({ start, bytes }) => `${start}\n${bytes}\n`).join("")}`);
  return Buffer.concat([text, Buffer.alloc(paddingOf(text.length))]);
}

/** Rounds down, so that the remainder is never negative. */
function secondsOf(ns: bigint): bigint {
  const rest = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return (ns - rest) / NS_PER_SECOND;
}

function decimalSeconds(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const fraction = String(size % NS_PER_SECOND).padStart(9, "0");
  return `${ns < 0n ? "-" : ""}${size / NS_PER_SECOND}.${fraction}`;
}

const isAscii = (bytes: Buffer): boolean => bytes.every((byte) => byte < 0x80);
