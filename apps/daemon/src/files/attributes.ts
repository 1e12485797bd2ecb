import { createRequire } from "node:module";

/** The native part that reads and sets extended attributes, beside the bundle wherever that goes. */
export const ATTRIBUTES_ADDON = "xattr.node";
export const ATTRIBUTES_PACKAGE = `@napi-rs/xattr-${process.platform}-${process.arch}-gnu`;

/** What the native part offers. No call follows a link in the last name. */
interface Native {
  listAttributesSync(path: string): string[];
  getAttributeSync(path: string, name: string): Buffer | null;
  setAttributeSync(path: string, name: string, value: Uint8Array): void;
}

/** Null where there is no native part for this system: extended attributes are then not seen. */
let native: Native | null | undefined;

/**
 * The kernel takes these away from a file whose content changes, or sets them by its own rules: file capabilities, labels and
 * checksums of the content. They are never moved to other content.
 */
const isOfTheKernel = (name: string): boolean => name.startsWith("security.");

/**
 * Gives one entry the extended attributes of another, access control lists included.
 *
 * @param from, to paths that end in the entry's own name, e.g. from `OpenDirectory.child`
 * @returns the names of the attributes that could not be set.
 */
export function copyAttributes(from: string, to: string): string[] {
  native ??= loadNative();
  if (native === null) return [];
  const failed: string[] = [];
  for (const name of listAttributes(native, from)) {
    if (isOfTheKernel(name)) continue;
    try {
      const value = native.getAttributeSync(from, name);
      if (value !== null) native.setAttributeSync(to, name, value);
    } catch {
      failed.push(name);
    }
  }
  return failed;
}

/** A file system without extended attributes has none. */
function listAttributes({ listAttributesSync }: Native, path: string): string[] {
  try {
    return listAttributesSync(path);
  } catch {
    return [];
  }
}

function loadNative(): Native | null {
  const places = [
    { from: process.argv[1], name: `./${ATTRIBUTES_ADDON}` },
    { from: import.meta.url, name: ATTRIBUTES_PACKAGE },
  ];
  for (const { from, name } of places) {
    try {
      if (from) return createRequire(from)(name) as Native;
    } catch {
      // The next place, or none.
    }
  }
  return null;
}
