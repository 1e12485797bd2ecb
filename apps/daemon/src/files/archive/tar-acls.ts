import type { ExtendedHeader } from "./tar-records.ts";

/** Records in which GNU tar, star and bsdtar write access control lists as text, and their attributes on Linux. */
const RECORDS: Readonly<Record<string, string>> = {
  "SCHILY.acl.access": "system.posix_acl_access",
  "SCHILY.acl.default": "system.posix_acl_default",
};
const TAGS: Readonly<Record<string, { own: number; named: number }>> = {
  user: { own: 0x01, named: 0x02 },
  group: { own: 0x04, named: 0x08 },
  mask: { own: 0x10, named: 0x10 },
  other: { own: 0x20, named: 0x20 },
};
const VERSION = 2;
const NO_ID = 0xffffffff;
/** Owner, group and others: a list with only these repeats the mode. */
const PLAIN_ENTRIES = 3;

interface AclEntry {
  tag: number;
  permissions: number;
  id: number;
}

/** The lists of one archive entry as attributes, and the records that cannot be translated. */
export function aclsIn(records: ExtendedHeader): { attributes: Map<string, Buffer>; unknown: string[] } {
  const attributes = new Map<string, Buffer>();
  const unknown: string[] = [];
  for (const [key, attribute] of Object.entries(RECORDS)) {
    const text = records.get(key)?.toString("utf8");
    if (text === undefined) continue;
    const entries = parseAcl(text);
    if (entries === null) unknown.push(key);
    else if (entries.length > PLAIN_ENTRIES || attribute.endsWith("default"))
      attributes.set(attribute, binaryOf(entries));
  }
  return { attributes, unknown };
}

/** Null when the text is malformed or names a user without a numeric id, because user names differ between instances. */
function parseAcl(text: string): AclEntry[] | null {
  const entries: AclEntry[] = [];
  for (const line of text.split(/[\n,]/)) {
    const [entry = ""] = line.split("#");
    if (entry.trim() === "") continue;
    const match = /^(user|group|mask|other):([^:]*):([r-][w-][x-])(?::(\d+))?$/.exec(entry.trim());
    if (match === null) return null;
    const [, kind = "", name = "", permissions = "", number = name] = match;
    if (name !== "" && !/^\d+$/.test(number)) return null;
    const tag = TAGS[kind]?.[name === "" ? "own" : "named"] ?? 0;
    entries.push({ tag, permissions: bitsOf(permissions), id: name === "" ? NO_ID : Number(number) });
  }
  return entries.length === 0 ? null : entries.toSorted((left, right) => left.tag - right.tag || left.id - right.id);
}

const bitsOf = (permissions: string): number =>
  [...permissions].reduce((bits, letter) => bits * 2 + (letter === "-" ? 0 : 1), 0);

/** Encodes like the kernel's `posix_acl_xattr_header` and `posix_acl_xattr_entry`. */
function binaryOf(entries: readonly AclEntry[]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(VERSION, 0);
  entries.forEach(({ tag, permissions, id }, index) => {
    bytes.writeUInt16LE(tag, 4 + 8 * index);
    bytes.writeUInt16LE(permissions, 6 + 8 * index);
    bytes.writeUInt32LE(id >>> 0, 8 + 8 * index);
  });
  return bytes;
}
