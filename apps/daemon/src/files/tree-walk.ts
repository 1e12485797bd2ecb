import type { BigIntStats } from "node:fs";
import { lstat } from "node:fs/promises";
import { DirectoryTrail } from "./directory-trail.ts";
import { type EntryName, nameBytes, readNames, showName } from "./entry-name.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { withoutScratch } from "./scratch-folder.ts";

export interface Visit {
  /** Held open until the visit is over. */
  readonly directory: OpenDirectory;
  readonly name: EntryName;
  /** The path from where the walk began, as bytes. */
  readonly path: Buffer;
  /** The same path, name by name. */
  readonly names: readonly EntryName[];
  /** The same names as they are shown to people. */
  readonly segments: readonly string[];
  /** Null when the entry could not be looked at; `error` says why. */
  readonly stats: BigIntStats | null;
  readonly error: unknown;
}

export interface WalkOptions {
  /** True when the walk begins at a root, where what Berth has not finished is left out. */
  hideReserved: boolean;
}

/** The names of one folder on the way and how many of them were visited. */
interface Level {
  readonly listed: readonly EntryName[];
  next: number;
  readonly path: Buffer;
  readonly names: readonly EntryName[];
  readonly segments: readonly string[];
}

/**
 * Goes through a folder depth first, a folder before what is in it, in the order of the names' bytes. Links are reported,
 * never followed. What cannot be read is reported with its error and the walk goes on. Memory grows with depth and the
 * widest folder only; the number of open folders is bounded however deep the tree is.
 */
export async function* walkTree(directory: OpenDirectory, { hideReserved }: WalkOptions): AsyncGenerator<Visit> {
  using trail = new DirectoryTrail(directory);
  const all = await readNames(directory);
  const listed = hideReserved ? await withoutScratch(directory, all) : all;
  const levels: Level[] = [{ listed, next: 0, path: Buffer.alloc(0), names: [], segments: [] }];
  for (;;) {
    const level = levels.at(-1);
    if (level === undefined) return;
    const name = level.listed[level.next++];
    if (name === undefined) {
      levels.pop();
      if (levels.length > 0) await trail.leave();
      continue;
    }
    const visit = await look(trail.here, name, level);
    // Another process removed it since its folder was read.
    if (visit === null) continue;
    yield visit;
    if (!visit.stats?.isDirectory()) continue;
    try {
      levels.push(await enter(trail, visit));
    } catch (error) {
      if (!isFileError(error)) throw error;
      yield { ...visit, stats: null, error };
    }
  }
}

async function enter(trail: DirectoryTrail, { name, path, names, segments }: Visit): Promise<Level> {
  await trail.enter(name);
  try {
    return { listed: await readNames(trail.here), next: 0, path, names, segments };
  } catch (error) {
    await trail.leave();
    throw error;
  }
}

const SLASH = Buffer.from("/");

async function look(directory: OpenDirectory, name: EntryName, above: Level): Promise<Visit | null> {
  const bytes = nameBytes(name);
  const path = above.path.length === 0 ? bytes : Buffer.concat([above.path, SLASH, bytes]);
  const visit = {
    directory,
    name,
    path,
    names: [...above.names, name],
    segments: [...above.segments, showName(name)],
  };
  try {
    return { ...visit, stats: await lstat(directory.child(name), { bigint: true }), error: null };
  } catch (error) {
    if (!isFileError(error)) throw error;
    return error.code === "ENOENT" ? null : { ...visit, stats: null, error };
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
