import { lstat, readdir, rmdir, unlink } from "node:fs/promises";
import { DomainError, formatWorkspacePath, type WorkspacePath } from "@berth/domain";
import { syncDirectory } from "./flush.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { errorCode, namingPath } from "./problems.ts";
import { resolvePlace } from "./resolve.ts";
import type { Root } from "./root.ts";

/** Deletes an entry; of a link the link itself. @throws DomainError `not_empty` for a full folder without `recursive`. */
export async function deleteEntry(
  root: Root,
  path: WorkspacePath,
  { recursive }: { recursive: boolean },
): Promise<void> {
  if (path.segments.length === 0) {
    throw new DomainError("path_not_allowed", `${path.root} itself cannot be deleted. Delete what is in it.`);
  }
  using place = await resolvePlace(root, path, { links: "keep" });
  await namingPath(formatWorkspacePath(path), async () => {
    await removeEntry(place.directory, place.name, recursive);
    await syncDirectory(place.directory);
  });
}

/** A name in an open folder, whatever it is. Links in it are removed, never followed. */
export async function removeEntry(directory: OpenDirectory, name: string, recursive: boolean): Promise<void> {
  const path = directory.child(name);
  if (!(await lstat(path)).isDirectory()) return await unlink(path);
  if (recursive) await emptyFolder(directory, name);
  await rmdir(path);
}

async function emptyFolder(directory: OpenDirectory, name: string): Promise<void> {
  using folder = await directory.openChild(name);
  // As bytes: a name that is not valid UTF-8 must go as well.
  for (const child of await readdir(folder.self, { encoding: "buffer", withFileTypes: true })) {
    const path = Buffer.concat([Buffer.from(folder.child("")), child.name]);
    if (!child.isDirectory()) await ignoreAbsent(unlink(path));
    else if (path.toString().includes("\uFFFD")) await removeUnaddressable(path);
    else await ignoreAbsent(removeEntry(folder, child.name.toString(), true));
  }
}

/** A folder whose name cannot be written as a string is emptied by its bytes, below the folder that is held open. */
async function removeUnaddressable(path: Buffer): Promise<void> {
  for (const child of await readdir(path, { encoding: "buffer", withFileTypes: true })) {
    const below = Buffer.concat([path, Buffer.from("/"), child.name]);
    await (child.isDirectory() ? removeUnaddressable(below) : unlink(below));
  }
  await rmdir(path);
}

/** The workspace's own processes delete too. */
async function ignoreAbsent(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
