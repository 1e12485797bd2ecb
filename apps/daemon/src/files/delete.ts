import { lstat, rmdir, unlink } from "node:fs/promises";
import { DomainError, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import { syncDirectory } from "./flush.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { namingPath } from "./problems.ts";
import { removeFolder } from "./remove-tree.ts";
import { resolvePlace } from "./resolve.ts";
import type { Root } from "./root.ts";

/**
 * Deletes an entry. Deletes a link, not its target.
 *
 * @throws DomainError `not_empty` for a folder that is not empty, without `recursive`.
 */
export async function deleteEntry(
  root: Root,
  path: WorkspacePath,
  { recursive }: { recursive: boolean },
): Promise<void> {
  if (path.segments.length === 0) {
    throw new DomainError("path_not_allowed", `${path.root} itself cannot be deleted. Delete its contents instead.`);
  }
  using place = await resolvePlace(root, path, { links: "keep" });
  const named = formatWorkspacePath(path);
  await namingPath(named, async () => {
    await removeEntry(place.directory, place.name, recursive, named);
    await syncDirectory(place.directory);
  });
}

/** Removes a name of any kind from an open folder. Removes links and never follows them. */
export async function removeEntry(
  directory: OpenDirectory,
  name: string,
  recursive: boolean,
  shownAs = name,
): Promise<void> {
  const path = directory.child(name);
  if (!(await lstat(path)).isDirectory()) return await unlink(path);
  if (recursive) return await removeFolder(directory, name, shownAs);
  await rmdir(path);
}
