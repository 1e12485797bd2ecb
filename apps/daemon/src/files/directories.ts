import { mkdir } from "node:fs/promises";
import { DomainError, parseWorkspacePath, type WorkspacePath } from "@berth/domain";
import { errorCode } from "./problems.ts";
import { openFolder, resolvePlace, usePlace } from "./resolve.ts";
import type { Root } from "./root.ts";

/** The path of one of the folders above, or of something below. */
export const pathOf = (root: Root, segments: readonly string[]): WorkspacePath =>
  parseWorkspacePath(root.name, segments.join("/"));

/** Makes a folder. @throws DomainError `already_exists`; `not_found` when the one above is missing and may not be made. */
export async function makeDirectory(root: Root, path: WorkspacePath, { parents }: { parents: boolean }): Promise<void> {
  if (path.segments.length === 0) throw new DomainError("already_exists", "/ already exists.");
  if (parents) await makeParents(root, path);
  await usePlace(root, path, (place) => mkdir(place.path));
}

/** Makes the folders above a path that are missing. */
export async function makeParents(root: Root, path: WorkspacePath): Promise<void> {
  await makeFolder(root, pathOf(root, path.segments.slice(0, -1)));
}

/** Makes a folder and those above it, as far as they are missing. */
export async function makeFolder(root: Root, path: WorkspacePath): Promise<void> {
  if (path.segments.length === 0 || (await isFolder(root, path))) return;
  for (let depth = 1; depth <= path.segments.length; depth += 1) {
    await usePlace(root, pathOf(root, path.segments.slice(0, depth)), (place) => makeIfAbsent(place.path));
  }
  // What was there already may be no folder.
  using _folder = await openFolder(root, path);
}

async function makeIfAbsent(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

async function isFolder(root: Root, path: WorkspacePath): Promise<boolean> {
  try {
    using _folder = await openFolder(root, path);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.problem.code === "not_found") return false;
    throw error;
  }
}

/** Like `makeParents`, but a link on the way is refused instead of followed. */
export async function makeOwnParents(root: Root, path: WorkspacePath): Promise<void> {
  const above = path.segments.slice(0, -1);
  for (let depth = 1; depth <= above.length; depth += 1) {
    using place = await resolvePlace(root, pathOf(root, above.slice(0, depth)), { links: "never" });
    await makeIfAbsent(place.path);
  }
}
