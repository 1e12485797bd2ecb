import { constants as fs } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { DomainError, parseWorkspacePath } from "@berth/domain";
import { OpenFile } from "./files/fs-calls.ts";
import type { Root } from "./files/root.ts";
import { Scratch } from "./files/scratch.ts";
import { withoutScratch } from "./files/scratch-folder.ts";
import { writeFile } from "./files/write-file.ts";

/** Exists during a refill, so the next start finishes an interrupted one. */
const MARKER = "refilling";

/**
 * Fills an empty `/configs` from the template. Never changes an existing file.
 *
 * @returns the number of files written; 0 when `/configs` was not empty.
 */
export async function refillConfigs(
  root: Root | undefined,
  template: Readonly<Record<string, string>>,
): Promise<number> {
  const files = Object.entries(template);
  if (root === undefined || files.length === 0 || !(await needsRefill(root))) return 0;
  await using scratch = await Scratch.open(root);
  const marker = scratch.directory.child(MARKER);
  using _marker = await openMarker(marker);
  // Written concurrently: the files are small, and the disk flushes many as fast as one.
  const results = await Promise.all(files.map(([path, content]) => writeIfAbsent(root, path, content)));
  await rm(marker, { recursive: true, force: true });
  return results.filter((written) => written).length;
}

/** Workspace programs can put anything at this path. The refill must not fail, or the workspace would not start. */
async function openMarker(path: string): Promise<OpenFile> {
  const flags = fs.O_WRONLY | fs.O_CREAT;
  return OpenFile.openRegular(path, flags).catch(async () => {
    await rm(path, { recursive: true, force: true });
    return OpenFile.openRegular(path, flags);
  });
}

async function needsRefill(root: Root): Promise<boolean> {
  using top = await root.open();
  const names = await readdir(top.self);
  const others = await withoutScratch(top, names);
  if (others.length === 0) return true;
  const scratch = names.find((name) => !others.includes(name));
  return scratch !== undefined && (await readdir(top.child(scratch))).includes(MARKER);
}

async function writeIfAbsent(root: Root, path: string, content: string): Promise<boolean> {
  try {
    const options = { ifMatch: null, ifNoneMatch: "*", createParents: true };
    await writeFile(root, parseWorkspacePath(root.name, path), writeAtomically(content), options);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.problem.code === "etag_mismatch") return false;
    throw error;
  }
}

async function* writeAtomically(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}
