import { attributeOfKey } from "./tar-entry.ts";
import { damaged } from "./tar-numbers.ts";

/** The records of an extended header. Repeated sparse-map records are joined by commas. */
export type ExtendedHeader = ReadonlyMap<string, Buffer>;

const LIBARCHIVE_PREFIX = "LIBARCHIVE.xattr.";
const REPEATED = new Set(["GNU.sparse.offset", "GNU.sparse.numbytes"]);
const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;

/**
 * Parses records of the form `<length> <key>=<value>
 * `. Values are bytes and may contain newlines.
 */
export function parseRecords(content: Buffer): ExtendedHeader {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(SPACE, at);
    const digits = content.toString("latin1", at, space);
    const end = at + Number(digits);
    if (content[at] === 0 && content.subarray(at).every((byte) => byte === 0)) break;
    const equals = content.indexOf(EQUALS, space);
    const isWhole = space > at && /^\d+$/.test(digits) && end <= content.length && content[end - 1] === NEWLINE;
    if (!isWhole || equals < 0 || equals >= end) throw damaged("an extended header is malformed");
    add(records, content.toString("utf8", space + 1, equals), content.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function add(records: Map<string, Buffer>, key: string, value: Buffer): void {
  const before = records.get(key);
  if (before && REPEATED.has(key)) records.set(key, Buffer.concat([before, Buffer.from(","), value]));
  // An empty value removes an earlier record.
  else if (value.length === 0 && attributeOfKey(key) === null) records.delete(key);
  else records.set(key, value);
}

export function attributesIn(records: ExtendedHeader): Map<string, Buffer> {
  const attributes = new Map<string, Buffer>();
  for (const [key, value] of records) {
    if (key.startsWith(LIBARCHIVE_PREFIX)) {
      attributes.set(
        percentDecoded(key.slice(LIBARCHIVE_PREFIX.length)),
        Buffer.from(value.toString("latin1"), "base64"),
      );
    }
  }
  for (const [key, value] of records) {
    const name = attributeOfKey(key);
    if (name !== null) attributes.set(name, value);
  }
  return attributes;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw damaged("the name of an attribute is malformed");
  }
}
