import { DomainError, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import { copyEntry } from "./copy.ts";
import { deleteEntry } from "./delete.ts";
import { lstatOrNull } from "./fs-calls.ts";
import { errorCode, namingPath } from "./problems.ts";
import { rejectRoots, renamePlace } from "./rename-place.ts";
import { type Place, resolvePlace } from "./resolve.ts";
import type { Root } from "./root.ts";

/**
 * Renames an entry. Renames a link, not its target. With `overwrite`, a file may replace a file, and a folder may replace
 * an empty folder.
 *
 * @throws DomainError `already_exists` without `overwrite`; `not_empty` when the target folder is not empty.
 */
export async function moveEntry(
  root: Root,
  from: WorkspacePath,
  to: WorkspacePath,
  { overwrite }: { overwrite: boolean },
): Promise<void> {
  rejectRoots(from, to);
  rejectIntoItself(from, to);
  using source = await resolvePlace(root, from, { links: "keep" });
  using target = await resolvePlace(root, to, { links: "keep" });
  // Both paths name the same entry, perhaps through a link.
  if (source.segments.join("/") === target.segments.join("/")) return;
  const isDirectory = await namingPath(formatWorkspacePath(from), async () =>
    (await lstatOrThrow(source)).isDirectory(),
  );
  try {
    await namingPath(formatWorkspacePath(to), () => renamePlace(source, target, { overwrite, isDirectory }));
  } catch (error) {
    if (!(error instanceof Error) || errorCode(error) !== "EXDEV") throw error;
    // The target is on another file system below the same root: copy, then delete the original.
    await copyEntry(root, from, to, { overwrite });
    await deleteEntry(root, from, { recursive: true });
  }
}

function rejectIntoItself(from: WorkspacePath, to: WorkspacePath): void {
  const below =
    to.segments.length > from.segments.length && from.segments.every((name, depth) => name === to.segments[depth]);
  if (below) throw new DomainError("invalid_input", "A folder cannot be moved into itself.");
}

async function lstatOrThrow(place: Place) {
  const stats = await lstatOrNull(place.path);
  if (stats) return stats;
  throw Object.assign(new Error("ENOENT: no such entry"), { code: "ENOENT" });
}
