import type { BigIntStats } from "node:fs";
import { lstat } from "node:fs/promises";
import { DirectoryTrail } from "./directory-trail.ts";
import { type EntryName, nameBytes, readNames, showName } from "./entry-name.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { withoutScratch } from "./scratch-folder.ts";

export interface Visit {
  /** Open until the next visit. */
  readonly directory: OpenDirectory;
  readonly name: EntryName;
  /** The path from the start of the walk, as bytes. */
  readonly path: Buffer;
  /** The same path as names. */
  readonly names: readonly EntryName[];
  /** The same names as displayed. */
  readonly segments: readonly string[];
  /** Null when the entry could not be read; `error` has the cause. */
  readonly stats: BigIntStats | null;
  readonly error: unknown;
}

export interface WalkOptions {
  /** True when the walk starts at a root, where Berth's unfinished files are hidden. */
  hideReserved: boolean;
}

/** The names of one folder on the current path, and how many were visited. */
interface Level {
  readonly listed: readonly EntryName[];
  next: number;
  readonly path: Buffer;
  readonly names: readonly EntryName[];
  readonly segments: readonly string[];
}

/**
 * Walks a folder depth first, parents before children, in byte order of the names. Reports links and never follows them.
 * Reports an unreadable entry with its error and continues. Memory grows with depth and the widest folder only, and the
 * number of open folders is bounded.
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
    const visit = await visitEntry(trail.here, name, level);
    // Another process removed it after its folder was read.
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

async function visitEntry(directory: OpenDirectory, name: EntryName, above: Level): Promise<Visit | null> {
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
