import { isUtf8 } from "node:buffer";

/**
 * The records of a zip file (APPNOTE 6.3.9) that Berth writes. Names are bytes: UTF-8 names are flagged, other bytes are
 * written unchanged, like Info-ZIP does.
 */
export interface ZipEntry {
  /** Ends with a slash for a folder. */
  name: Buffer;
  /** Type and permissions as in `st_mode`. */
  mode: number;
  mtimeSeconds: number;
  uid: number;
  gid: number;
  method: typeof STORED | typeof DEFLATED;
  crc: number;
  compressedBytes: number;
  bytes: number;
}

export const STORED = 0;
export const DEFLATED = 8;
/** At this value a 32-bit field is not enough. */
const FIELD_32_MAX = 0xffffffff;
const FIELD_16_MAX = 0xffff;
/** Limits a path, including the trailing slash of a folder. */
export const NAME_BYTES_MAX = FIELD_16_MAX;
const VERSION_PLAIN = 20;
const VERSION_ZIP64 = 45;
const MADE_BY_UNIX = 3 << 8;
const FLAG_SIZES_FOLLOW = 1 << 3;
const FLAG_UTF8 = 1 << 11;
/** Leaves room for what deflate adds to incompressible data, because zip64 is decided before the data is read. */
const ZIP64_FROM_BYTES = 0xff000000;

/** The record before an entry's data. Sizes that are not known yet follow the data, in `sizesAfter`. */
export function localHeader(entry: ZipEntry, options: { sizesFollow: boolean; maxBytes: number }): Buffer {
  const { sizesFollow } = options;
  const isLarge = options.maxBytes >= ZIP64_FROM_BYTES;
  const extra = Buffer.concat([isLarge ? zip64Field([0, 0]) : Buffer.alloc(0), timeField(entry), ownerField(entry)]);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(isLarge ? VERSION_ZIP64 : VERSION_PLAIN, 4);
  header.writeUInt16LE(flagsOf(entry, sizesFollow), 6);
  header.writeUInt16LE(entry.method, 8);
  header.writeUInt32LE(dosTime(entry.mtimeSeconds), 10);
  if (sizesFollow) {
    if (isLarge) header.writeUInt32LE(FIELD_32_MAX, 18);
    if (isLarge) header.writeUInt32LE(FIELD_32_MAX, 22);
  } else {
    header.writeUInt32LE(entry.crc, 14);
    header.writeUInt32LE(entry.compressedBytes, 18);
    header.writeUInt32LE(entry.bytes, 22);
  }
  header.writeUInt16LE(entry.name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, entry.name, extra]);
}

/** The sizes and the checksum after the data, for a header that could not state them. */
export function sizesAfter(entry: ZipEntry, { maxBytes }: { maxBytes: number }): Buffer {
  const isLarge = maxBytes >= ZIP64_FROM_BYTES;
  const record = Buffer.alloc(isLarge ? 24 : 16);
  record.writeUInt32LE(0x08074b50, 0);
  record.writeUInt32LE(entry.crc, 4);
  if (isLarge) {
    record.writeBigUInt64LE(BigInt(entry.compressedBytes), 8);
    record.writeBigUInt64LE(BigInt(entry.bytes), 16);
  } else {
    record.writeUInt32LE(entry.compressedBytes, 8);
    record.writeUInt32LE(entry.bytes, 12);
  }
  return record;
}

/** The entry's record in the central directory. */
export function centralHeader(entry: ZipEntry, at: number, { sizesFollow }: { sizesFollow: boolean }): Buffer {
  const large = [entry.bytes, entry.compressedBytes, at].filter((value) => value >= FIELD_32_MAX);
  const extra = Buffer.concat([
    large.length > 0 ? zip64Field(large) : Buffer.alloc(0),
    timeField(entry),
    ownerField(entry),
  ]);
  const header = Buffer.alloc(46);
  const version = large.length > 0 ? VERSION_ZIP64 : VERSION_PLAIN;
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX | version, 4);
  header.writeUInt16LE(version, 6);
  header.writeUInt16LE(flagsOf(entry, sizesFollow), 8);
  header.writeUInt16LE(entry.method, 10);
  header.writeUInt32LE(dosTime(entry.mtimeSeconds), 12);
  header.writeUInt32LE(entry.crc, 16);
  header.writeUInt32LE(Math.min(entry.compressedBytes, FIELD_32_MAX), 20);
  header.writeUInt32LE(Math.min(entry.bytes, FIELD_32_MAX), 24);
  header.writeUInt16LE(entry.name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt16LE(entry.mode & FIELD_16_MAX, 40);
  header.writeUInt16LE(entry.name.at(-1) === 0x2f ? DOS_DIRECTORY : 0, 38);
  header.writeUInt32LE(Math.min(at, FIELD_32_MAX), 42);
  return Buffer.concat([header, entry.name, extra]);
}

const DOS_DIRECTORY = 0x10;

/** The records at the end of the file. */
export function endRecords({ entries, at, bytes }: { entries: number; at: number; bytes: number }): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries, FIELD_16_MAX), 8);
  end.writeUInt16LE(Math.min(entries, FIELD_16_MAX), 10);
  end.writeUInt32LE(Math.min(bytes, FIELD_32_MAX), 12);
  end.writeUInt32LE(Math.min(at, FIELD_32_MAX), 16);
  if (entries < FIELD_16_MAX && bytes < FIELD_32_MAX && at < FIELD_32_MAX) return end;
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(MADE_BY_UNIX | VERSION_ZIP64, 12);
  end64.writeUInt16LE(VERSION_ZIP64, 14);
  end64.writeBigUInt64LE(BigInt(entries), 24);
  end64.writeBigUInt64LE(BigInt(entries), 32);
  end64.writeBigUInt64LE(BigInt(bytes), 40);
  end64.writeBigUInt64LE(BigInt(at), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}

const flagsOf = ({ name }: ZipEntry, sizesFollow: boolean): number =>
  (isUtf8(name) ? FLAG_UTF8 : 0) | (sizesFollow ? FLAG_SIZES_FOLLOW : 0);

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, index) => {
    field.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  });
  return field;
}

const INT_32_MIN = -(2 ** 31);
const INT_32_MAX = 2 ** 31 - 1;

/** The time in UTC. The DOS field of the header is local time in steps of two seconds. */
function timeField({ mtimeSeconds }: ZipEntry): Buffer {
  if (mtimeSeconds < INT_32_MIN || mtimeSeconds > INT_32_MAX) return Buffer.alloc(0);
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeInt32LE(mtimeSeconds, 5);
  return field;
}

function ownerField({ uid, gid }: ZipEntry): Buffer {
  const field = Buffer.alloc(15);
  field.writeUInt16LE(0x7875, 0);
  field.writeUInt16LE(11, 2);
  field.writeUInt8(1, 4);
  field.writeUInt8(4, 5);
  field.writeUInt32LE(uid, 6);
  field.writeUInt8(4, 10);
  field.writeUInt32LE(gid, 11);
  return field;
}

/** DOS times cover the years 1980 to 2107. */
export const hasDosTime = (seconds: number): boolean => {
  const year = new Date(seconds * 1000).getFullYear();
  return year >= 1980 && year <= 2107;
};

function dosTime(seconds: number): number {
  if (!hasDosTime(seconds))
    return (seconds < 0 || new Date(seconds * 1000).getFullYear() < 1980 ? 0x00210000 : 0xff9fbf7d) >>> 0;
  const time = new Date(seconds * 1000);
  const day = ((time.getFullYear() - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate();
  const clock = (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1);
  return ((day << 16) | clock) >>> 0;
}
