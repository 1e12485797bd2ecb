import { DomainError } from "@berth/domain";
import type { ByteReader } from "./byte-reader.ts";
import { aclsIn } from "./tar-acls.ts";
import { BLOCK_BYTES, checksumOf, type Extent, NO_BYTES, paddingOf, type TarEntry, type TarKind } from "./tar-entry.ts";
import { binaryOrOctal, damaged, decimalNs, wholeNumber } from "./tar-numbers.ts";
import { attributesIn, type ExtendedHeader, parseRecords } from "./tar-records.ts";
import { oldSparseExtents, sparseOf } from "./tar-sparse.ts";

/** A piece of a file's content and its offset. */
export interface Piece {
  at: number;
  bytes: Buffer;
}

export interface TarItem {
  entry: TarEntry;
  /** Must be consumed before the next item; the unread rest is skipped. */
  content: AsyncGenerator<Piece>;
  /** Records of the entry that cannot be preserved. */
  unknown: readonly string[];
}

const KINDS: Readonly<Record<string, TarKind>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "link",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "pipe",
  /** A file with holes, in GNU tar's own format. */
  S: "file",
  /** A folder in an incremental backup; its data lists names and makes nothing. */
  D: "directory",
};
const NOT_KEPT = /^(SCHILY\.(acl\.ace|fflags)|LIBARCHIVE\.(?!xattr|creationtime))/;
/** A volume label: it describes the archive and has nothing to unpack. */
const LABEL = "V";
/** Enough for the names and attributes of one entry; a larger header is treated as an attack. */
const EXTENSION_BYTES_MAX = 8 * 1024 * 1024;

interface Pending {
  own: ExtendedHeader;
  longPath: Buffer | null;
  longLink: Buffer | null;
}

/**
 * Reads archives of GNU tar, bsdtar, Python, star and pre-POSIX tar.
 *
 * @throws DomainError `invalid_input` for an archive that is damaged, truncated or has unsupported entries. Nothing is
 *   guessed.
 */
export async function* readTar(reader: ByteReader): AsyncGenerator<TarItem> {
  let shared: ExtendedHeader = new Map();
  let pending: Pending = { own: new Map(), longPath: null, longLink: null };
  for (;;) {
    const block = await reader.take(BLOCK_BYTES);
    if (block.length < BLOCK_BYTES) throw damaged("it is truncated");
    if (block.every((byte) => byte === 0)) return await reader.drain();
    const flag = String.fromCharCode(block[156] ?? 0);
    const size = sizeOf(block);
    checkSum(block);
    if (flag === LABEL) {
      await skip(reader, size + paddingOf(size));
    } else if (flag === "g") {
      shared = new Map([...shared, ...parseRecords(await readExtension(reader, size))]);
    } else if (flag === "x" || flag === "X") {
      pending.own = new Map([...pending.own, ...parseRecords(await readExtension(reader, size))]);
    } else if (flag === "L") {
      pending.longPath = textOf(await readExtension(reader, size));
    } else if (flag === "K") {
      pending.longLink = textOf(await readExtension(reader, size));
    } else {
      yield* readEntry(reader, block, flag, { ...pending, own: new Map([...shared, ...pending.own]) });
      pending = { own: new Map(), longPath: null, longLink: null };
    }
  }
}

async function* readEntry(
  reader: ByteReader,
  block: Buffer,
  flag: string,
  { own, longPath, longLink }: Pending,
): AsyncGenerator<TarItem> {
  const named = own.get("GNU.sparse.name") ?? own.get("path") ?? longPath ?? pathIn(block);
  const kind = kindOf(flag, named);
  const ownSize = own.get("size");
  // Other kinds have no data, even when their header states a size.
  const hasData = kind === "file" || flag === "D";
  const stored = hasData ? (ownSize ? wholeNumber(ownSize, "size") : sizeOf(block)) : 0;
  const sparse = flag === "S" ? await oldSparseExtents(reader, block) : await sparseOf(reader, own, stored);
  const size = sparse?.size ?? stored;
  const dataBytes = sparse?.dataBytes ?? stored;
  const content = pieces(reader, sparse?.extents ?? null, kind === "file" ? dataBytes : 0);
  const hasSlash = named.at(-1) === SLASH;
  const mtime = own.get("mtime");
  const uid = own.get("uid");
  const gid = own.get("gid");
  const acls = aclsIn(own);
  yield {
    entry: {
      // In the V7 format of 1979, a folder is a file whose name ends with a slash.
      kind:
        own.get("SCHILY.filetype")?.toString() === "socket"
          ? "socket"
          : kind === "file" && hasSlash
            ? "directory"
            : kind,
      path: withoutSlash(named),
      mode: Number(binaryOrOctal(block, 100, 8)) & 0o7777,
      uid: uid ? wholeNumber(uid, "uid") : Number(binaryOrOctal(block, 108, 8)),
      gid: gid ? wholeNumber(gid, "gid") : Number(binaryOrOctal(block, 116, 8)),
      mtimeNs: mtime ? decimalNs(mtime) : binaryOrOctal(block, 136, 12) * 1_000_000_000n,
      linkPath: own.get("linkpath") ?? longLink ?? field(block, 157, 100),
      deviceMajor: isUstar(block) ? Number(binaryOrOctal(block, 329, 8)) : 0,
      deviceMinor: isUstar(block) ? Number(binaryOrOctal(block, 337, 8)) : 0,
      attributes: new Map([...acls.attributes, ...attributesIn(own)]),
      size: kind === "file" ? size : 0,
      extents: sparse?.extents ?? null,
    },
    content,
    unknown: [...acls.unknown, ...[...own.keys()].filter((key) => NOT_KEPT.test(key))],
  };
  for (let rest = await content.next(); !rest.done; rest = await content.next());
  await skip(reader, (kind === "file" ? 0 : stored) + paddingOf(dataBytes));
}

function kindOf(flag: string, named: Buffer): TarKind {
  const kind = KINDS[flag];
  if (kind) return kind;
  const what =
    flag === "M"
      ? "continues from another volume: join the volumes of the archive first"
      : `has the type "${flag}", which cannot be unpacked`;
  throw new DomainError("invalid_input", `${JSON.stringify(named.toString())} in the archive ${what}.`, {
    details: { kind: flag },
  });
}

async function* pieces(reader: ByteReader, extents: readonly Extent[] | null, bytes: number): AsyncGenerator<Piece> {
  for (const extent of extents ?? [{ start: 0, bytes }]) {
    for (let done = 0; done < extent.bytes; ) {
      const some = await reader.some(extent.bytes - done);
      if (some === null) throw damaged("it is truncated");
      const at = extent.start + done;
      done += some.length;
      yield { at, bytes: some };
    }
  }
}

async function skip(reader: ByteReader, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const some = await reader.some(left);
    if (some === null) throw damaged("it is truncated");
    left -= some.length;
  }
}

async function readExtension(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > EXTENSION_BYTES_MAX) throw damaged(`a header of ${size} bytes is too large`);
  const content = await reader.take(size);
  if (content.length < size) throw damaged("it is truncated");
  await skip(reader, paddingOf(size));
  return content;
}

function checkSum(block: Buffer): void {
  const expected = Number(binaryOrOctal(block, 148, 8));
  const sum = checksumOf(block);
  if (expected === sum) return;
  // Some old tar programs summed the bytes as signed numbers.
  const negatives = block.reduce((count, byte, at) => (byte >= 0x80 && (at < 148 || at >= 156) ? count + 1 : count), 0);
  if (expected !== sum - 256 * negatives) throw damaged("a header has a wrong checksum");
}

function sizeOf(block: Buffer): number {
  const size = binaryOrOctal(block, 124, 12);
  if (size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged("a size is out of range");
  return Number(size);
}

const isUstar = (block: Buffer): boolean => block.toString("latin1", 257, 262) === "ustar";
const isPosix = (block: Buffer): boolean => isUstar(block) && block[262] === 0;
const isStar = (block: Buffer): boolean => block.toString("latin1", 508, 512) === "tar\0";

/** POSIX stores the start of a long name here. GNU stores other fields, and star has a shorter prefix. */
function pathIn(block: Buffer): Buffer {
  const name = field(block, 0, 100);
  const prefix = isPosix(block) ? field(block, 345, isStar(block) ? 131 : 155) : NO_BYTES;
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
}

function field(block: Buffer, at: number, width: number): Buffer {
  return textOf(Buffer.from(block.subarray(at, at + width)));
}

/** Returns the bytes before the first NUL. */
function textOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

const SLASH = 0x2f;

function withoutSlash(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === SLASH) end -= 1;
  return path.subarray(0, end);
}
