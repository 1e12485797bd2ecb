import { link, rename, unlink } from "node:fs/promises";
import { DomainError, type WorkspacePath } from "@berth/domain";
import { syncDirectory } from "./flush.ts";
import { lstatOrNull } from "./fs-calls.ts";
import { errorCode } from "./problems.ts";
import type { Place } from "./resolve.ts";

export function rejectRoots(...paths: readonly WorkspacePath[]): void {
  for (const { segments, root } of paths) {
    if (segments.length === 0) throw new DomainError("path_not_allowed", `${root} itself cannot be moved or replaced.`);
  }
}

/** Renames between two open places, and flushes both folders. */
export async function renamePlace(
  source: Pick<Place, "path" | "directory">,
  target: Place,
  { overwrite, isDirectory }: { overwrite: boolean; isDirectory: boolean },
): Promise<void> {
  const inTheWay = await lstatOrNull(target.path);
  if (inTheWay && !overwrite) throw Object.assign(new Error("EEXIST: the name is taken"), { code: "EEXIST" });
  if (inTheWay?.isDirectory() && !isDirectory) {
    throw new DomainError("already_exists", "A folder has that name, and a file cannot replace it.");
  }
  const sameFile = inTheWay !== null && (await lstatOrNull(source.path))?.ino === inTheWay.ino;
  const renamed = overwrite || isDirectory || !(await linkThenUnlink(source.path, target.path));
  if (renamed) await rename(source.path, target.path);
  // A rename between two names of one file does nothing (rename(2)).
  if (renamed && sameFile) await unlinkIfThere(source.path);
  await syncDirectory(target.directory);
  await syncDirectory(source.directory);
}

/**
 * Unlike a rename, a link never replaces an entry that was created in the meantime. Returns false where links are
 * unsupported.
 */
async function linkThenUnlink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (["EPERM", "ENOTSUP", "EMLINK", "EACCES"].includes(errorCode(error) ?? "")) return false;
    throw error;
  }
  await unlink(from);
  return true;
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
