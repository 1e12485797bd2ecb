import { mkdir } from "node:fs/promises";
import { DomainError, parseWorkspacePath, type WorkspacePath } from "@berth/domain";
import { resolvePlace, usePlace } from "./resolve.ts";
import type { Root } from "./root.ts";

/** Builds a path in the root from its segments. */
const pathOf = (root: Root, segments: readonly string[]): WorkspacePath =>
  parseWorkspacePath(root.name, segments.join("/"));

interface MakeOptions {
  /** Aborts when the caller disconnects. */
  signal?: AbortSignal | undefined;
  /** Refuses to create a folder with the name of the root. */
  refuseRootName?: boolean | undefined;
}

/**
 * Creates a folder.
 *
 * @throws DomainError `already_exists`; `not_found` when the parent is missing and `parents` is false.
 */
export async function makeDirectory(
  root: Root,
  path: WorkspacePath,
  { parents, signal, refuseRootName }: MakeOptions & { parents: boolean },
): Promise<void> {
  if (path.segments.length === 0) throw new DomainError("already_exists", "/ already exists.");
  if (parents) await makeParents(root, path, { signal, refuseRootName });
  await usePlace(root, path, (place) => mkdir(place.path), { signal });
}

/** Creates the missing parent folders of a path. */
export async function makeParents(root: Root, path: WorkspacePath, options: MakeOptions = {}): Promise<void> {
  await makeFolder(root, pathOf(root, path.segments.slice(0, -1)), options);
}

/** Creates a folder and its missing parents in one walk. */
export async function makeFolder(root: Root, path: WorkspacePath, options: MakeOptions = {}): Promise<void> {
  using _folder = await resolvePlace(root, path, { links: "follow", makeFolders: true, ...options });
}
