import { mkdir } from "node:fs/promises";
import { DomainError, parseWorkspacePath, type WorkspacePath } from "@berth/domain";
import { resolvePlace, usePlace } from "./resolve.ts";
import type { Root } from "./root.ts";

/** The path of one of the folders above, or of something below. */
const pathOf = (root: Root, segments: readonly string[]): WorkspacePath =>
  parseWorkspacePath(root.name, segments.join("/"));

interface MakeOptions {
  /** Ends the work when the caller has gone. */
  signal?: AbortSignal | undefined;
  /** Refuses to make a folder that is called like the root. */
  refuseRootName?: boolean | undefined;
}

/** Makes a folder. @throws DomainError `already_exists`; `not_found` when the one above is missing and may not be made. */
export async function makeDirectory(
  root: Root,
  path: WorkspacePath,
  { parents, signal, refuseRootName }: MakeOptions & { parents: boolean },
): Promise<void> {
  if (path.segments.length === 0) throw new DomainError("already_exists", "/ already exists.");
  if (parents) await makeParents(root, path, { signal, refuseRootName });
  await usePlace(root, path, (place) => mkdir(place.path), { signal });
}

/** Makes the folders above a path that are missing. */
export async function makeParents(root: Root, path: WorkspacePath, options: MakeOptions = {}): Promise<void> {
  await makeFolder(root, pathOf(root, path.segments.slice(0, -1)), options);
}

/** Makes a folder and those above it, as far as they are missing, on one way down. */
export async function makeFolder(root: Root, path: WorkspacePath, options: MakeOptions = {}): Promise<void> {
  using _folder = await resolvePlace(root, path, { links: "follow", makeFolders: true, ...options });
}
