import { systemCalls } from "../native/system-calls.ts";
import { errorCode } from "./problems.ts";

/** Labels that the system gives each file for this machine alone, and what a file system shows of itself. */
const SYSTEMS_OWN =
  /^(security\.(selinux|ima|evm|apparmor|SMACK)|system\.(?!posix_acl_(access|default)$)|trusted\.overlay\.)/;

/** The extended attributes that belong to an entry, access control lists among them; none where they cannot be read at all. */
export function readAttributes(path: string | Buffer): Map<string, Buffer> {
  const attributes = new Map<string, Buffer>();
  const calls = systemCalls();
  if (calls === null) return attributes;
  for (const name of attributeNames(path)) attributes.set(name, calls.getAttribute(path, name));
  return attributes;
}

/** Their names alone, which the owner of a file need not allow anybody to read. */
export const attributeNames = (path: string | Buffer): string[] =>
  listed(path).filter((name) => !SYSTEMS_OWN.test(name));

/** File systems without attributes say so. */
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
