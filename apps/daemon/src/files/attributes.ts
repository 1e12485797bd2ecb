import { systemCalls } from "../native/system-calls.ts";
import { errorCode } from "./problems.ts";

/** Labels that the system sets for this machine only, and attributes that a file system reports about itself. */
const SYSTEMS_OWN =
  /^(security\.(selinux|ima|evm|apparmor|SMACK)|system\.(?!posix_acl_(access|default)$)|trusted\.overlay\.)/;

/** The extended attributes of an entry, access control lists included; empty where attributes are unsupported. */
export function readAttributes(path: string | Buffer): Map<string, Buffer> {
  const attributes = new Map<string, Buffer>();
  const calls = systemCalls();
  if (calls === null) return attributes;
  for (const name of attributeNames(path)) attributes.set(name, calls.getAttribute(path, name));
  return attributes;
}

/** Only the names: reading the values may be forbidden. */
export const attributeNames = (path: string | Buffer): string[] =>
  listed(path).filter((name) => !SYSTEMS_OWN.test(name));

/** A file system without attributes fails with an unsupported error. */
function listed(path: string | Buffer): string[] {
  try {
    return (systemCalls()?.listAttributes(path) ?? []).toSorted();
  } catch (error) {
    if (isUnsupported(error)) return [];
    throw error;
  }
}

export const isUnsupported = (error: unknown): boolean => ["ENOTSUP", "EOPNOTSUPP"].includes(errorCode(error) ?? "");

/**
 * The kernel removes or sets these attributes by its own rules when content changes: file capabilities, labels and
 * checksums. They must not be copied to other content.
 */
const isOfTheKernel = (name: string): boolean => name.startsWith("security.");

/**
 * Copies the extended attributes of one entry to another, access control lists included.
 *
 * @param from, to paths that end in the entry's own name, e.g. from `OpenDirectory.child`
 * @returns the names of the attributes that could not be set.
 */
export function copyAttributes(from: string | Buffer, to: string | Buffer): string[] {
  const failed: string[] = [];
  for (const [name, value] of readAttributes(from)) {
    if (isOfTheKernel(name)) continue;
    try {
      systemCalls()?.setAttribute(to, name, value);
    } catch {
      failed.push(name);
    }
  }
  return failed;
}
