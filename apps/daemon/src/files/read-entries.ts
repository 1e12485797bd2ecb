import { lstat, readlink, type Stats } from "node:fs";
import type { FileEntry } from "@berth/domain";
import { shownText } from "./directory-names.ts";
import { isoTime, kindOf, PERMISSION_BITS } from "./metadata.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { asDomainError, errorCode } from "./problems.ts";

/** The thread pool has four threads; some extra queued calls keep them busy. */
const CALLS_AT_ONCE = 16;

/** Reads the metadata of the named entries, in their order. Omits entries that have disappeared. */
export async function readEntries(
  directory: OpenDirectory,
  names: readonly string[],
  unaddressable: ReadonlySet<string>,
): Promise<FileEntry[]> {
  const entries = new Array<FileEntry | null>(names.length).fill(null);
  await forEachAtOnce(names, (name, index, done) => {
    const settle = (entry: FileEntry | null) => {
      entries[index] = entry;
      done();
    };
    if (unaddressable.has(name))
      return settle(unreadable(name, "The name is not valid UTF-8. Rename it inside the workspace."));
    lstat(directory.child(name), (error, stats) => {
      if (error) return settle(errorCode(error) === "ENOENT" ? null : unreadable(name, sentenceOf(error, name)));
      if (!stats.isSymbolicLink()) return settle(entryOf(name, stats, null));
      readlink(directory.child(name), "buffer", (_linkError, target) =>
        settle(entryOf(name, stats, target === undefined ? null : shownText(target))),
      );
    });
  });
  return entries.filter((entry) => entry !== null);
}

/** The sizes or times of the named entries; an unreadable entry counts as -1. */
export async function readFact(
  directory: OpenDirectory,
  names: readonly string[],
  fact: (stats: Stats) => number,
): Promise<Float64Array> {
  const values = new Float64Array(names.length).fill(-1);
  await forEachAtOnce(names, (name, index, done) => {
    lstat(directory.child(name), (error, stats) => {
      if (!error) values[index] = fact(stats);
      done();
    });
  });
  return values;
}

export function entryOf(name: string, stats: Stats, linkTarget: string | null): FileEntry {
  return {
    name,
    kind: kindOf(stats),
    size: stats.size,
    modifiedAt: isoTime(stats.mtimeMs),
    mode: stats.mode & PERMISSION_BITS,
    linkTarget,
    error: null,
  };
}

function unreadable(name: string, error: string): FileEntry {
  return { name, kind: "other", size: null, modifiedAt: null, mode: null, linkTarget: null, error };
}

const sentenceOf = (error: Error, name: string): string =>
  asDomainError(error, name)?.message ?? "The entry cannot be read.";

/** Callbacks instead of promises: a page of entries takes a third of the time. */
function forEachAtOnce(
  names: readonly string[],
  start: (name: string, index: number, done: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let next = 0;
    let open = 0;
    let starting = false;
    const startSome = () => {
      // A call that settles synchronously re-enters here; the running loop continues instead.
      if (starting) return;
      starting = true;
      while (open < CALLS_AT_ONCE && next < names.length) {
        const index = next++;
        open += 1;
        start(names[index] as string, index, () => {
          open -= 1;
          startSome();
        });
      }
      starting = false;
      if (open === 0 && next === names.length) resolve();
    };
    startSome();
  });
}
