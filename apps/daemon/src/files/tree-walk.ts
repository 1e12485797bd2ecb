import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { RESERVED_NAME } from "@berth/domain";
import type { OpenDirectory } from "./open-directory.ts";

export interface Visit {
  /** Held open until the visit is over. */
  readonly directory: OpenDirectory;
  readonly name: string;
  /** From where the walk began. */
  readonly segments: readonly string[];
  /** Null when the entry could not be looked at; `error` says why. */
  readonly stats: Stats | null;
  readonly error: unknown;
}

export interface WalkOptions {
  /** True when the walk begins at a root, whose `.berth` is not the user's. */
  hideReserved: boolean;
}

/**
 * Goes through a folder depth first, a folder before what is in it, by name. Links are told, never followed. What cannot
 * be read is told with its error and the walk goes on. Memory grows with depth and the widest folder only.
 */
export async function* walkTree(directory: OpenDirectory, { hideReserved }: WalkOptions): AsyncGenerator<Visit> {
  yield* walkFolder(directory, [], hideReserved);
}

async function* walkFolder(
  directory: OpenDirectory,
  above: readonly string[],
  hideReserved: boolean,
): AsyncGenerator<Visit> {
  const names = (await readdir(directory.self)).sort();
  for (const name of names) {
    if (hideReserved && name === RESERVED_NAME) continue;
    const segments = [...above, name];
    const visit = await look(directory, name, segments);
    // Another process removed it since its folder was read.
    if (visit === null) continue;
    yield visit;
    if (!visit.stats?.isDirectory()) continue;
    try {
      using child = await directory.openChild(name);
      yield* walkFolder(child, segments, false);
    } catch (error) {
      if (!isFileError(error)) throw error;
      yield { directory, name, segments, stats: null, error };
    }
  }
}

async function look(directory: OpenDirectory, name: string, segments: readonly string[]): Promise<Visit | null> {
  try {
    return { directory, name, segments, stats: await lstat(directory.child(name)), error: null };
  } catch (error) {
    if (!isFileError(error)) throw error;
    return error.code === "ENOENT" && !name.includes("\uFFFD")
      ? null
      : { directory, name, segments, stats: null, error };
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
