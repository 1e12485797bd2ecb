import { DomainError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { utf8Bytes } from "../utf8.ts";
import { FILE_ROOTS, type FileRoot, isReservedName } from "./roots.ts";

declare const parsed: unique symbol;

/**
 * A validated path inside a root. Code below the parser does not accept strings, so an unchecked path does not
 * compile. It only validates the name; the daemon makes sure that no link leads out of the root.
 */
export interface WorkspacePath {
  readonly [parsed]: true;
  readonly root: FileRoot;
  /** The names from the root down; empty for the root. */
  readonly segments: readonly string[];
}

const refuse = (message: string, details: Readonly<Record<string, unknown>>): DomainError =>
  new DomainError("path_not_allowed", message, { details });

export function parseFileRoot(root: string): FileRoot {
  const known = FILE_ROOTS.find((candidate) => candidate === root);
  if (known) return known;
  throw new DomainError("invalid_input", `Unknown root. Use one of: ${FILE_ROOTS.join(", ")}.`, {
    details: { root, roots: FILE_ROOTS },
  });
}

/**
 * Parses a path leniently: `a/b`, `/a/b` and `/a//b/` are the same path.
 *
 * @throws DomainError `path_not_allowed` for `..`, NUL, lone surrogates, over-long names and the reserved name;
 * `invalid_input` for an unknown root.
 */
export function parseWorkspacePath(root: string, path: string): WorkspacePath {
  const knownRoot = parseFileRoot(root);
  if (path.length > LIMITS.filePathCharsMax) {
    throw refuse(`The path is longer than ${LIMITS.filePathCharsMax} characters.`, { limit: "filePathCharsMax" });
  }
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  for (const segment of segments) checkSegment(segment, path);
  if (segments[0] !== undefined && isReservedName(segments[0])) {
    throw refuse(`"${segments[0]}" at the top of a root is reserved for Berth. Choose another name.`, { path });
  }
  return { root: knownRoot, segments } as unknown as WorkspacePath;
}

function checkSegment(segment: string, path: string): void {
  if (segment === "..") throw refuse('A path must not contain "..". Give the path from the root instead.', { path });
  if (segment.includes("\0")) throw refuse("A path must not contain a NUL character.", {});
  if (!segment.isWellFormed()) throw refuse("A path must not contain half a surrogate pair.", {});
  if (utf8Bytes(segment) > LIMITS.fileNameBytesMax) {
    throw refuse(`A name is longer than ${LIMITS.fileNameBytesMax} bytes.`, { limit: "fileNameBytesMax" });
  }
}

/** `/a/b`, or `/` for the root. */
export const formatWorkspacePath = (path: Pick<WorkspacePath, "segments">): string => `/${path.segments.join("/")}`;
