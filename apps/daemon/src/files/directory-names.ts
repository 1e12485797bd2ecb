import { isUtf8 } from "node:buffer";
import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { nameOf, showName } from "./entry-name.ts";
import type { OpenDirectory } from "./open-directory.ts";
import { withoutScratch } from "./scratch-folder.ts";

/** The names in a directory, in code unit order. */
export interface DirectoryNames {
  names: readonly string[];
  /** Names that are not valid UTF-8, with `\xNN` escapes. They can be displayed but not addressed. */
  unaddressable: ReadonlySet<string>;
}

/** Together these limits allow about the memory of two listings of 100,000 names. */
const DIRECTORIES_KEPT = 8;
const NAMES_KEPT = 250_000;
/** File systems store times in steps of some milliseconds: a change right after a read can leave the same mtime. */
const RACY_MS = 100;

interface Kept {
  version: string;
  names: DirectoryNames;
}

/** Caches the sorted names of the most recent directories while their metadata is unchanged. */
export class DirectoryNamesCache {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async read(directory: OpenDirectory, { hideReserved }: { hideReserved: boolean }): Promise<DirectoryNames> {
    const startedAt = this.#now();
    const stats = await lstat(directory.self, { bigint: true });
    const key = `${stats.dev}:${stats.ino}`;
    const version = versionOf(stats);
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (kept?.version === version) {
      this.#kept.set(key, kept);
      return kept.names;
    }
    const names = await readNames(directory, hideReserved);
    const changedAt = Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
    if (startedAt - changedAt >= RACY_MS) this.#keep(key, { version, names });
    return names;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    let names = 0;
    for (const entry of this.#kept.values()) names += entry.names.names.length;
    for (const [oldest, entry] of this.#kept) {
      if (this.#kept.size <= DIRECTORIES_KEPT && names <= NAMES_KEPT) return;
      this.#kept.delete(oldest);
      names -= entry.names.names.length;
    }
  }
}

const versionOf = (stats: BigIntStats): string => `${stats.mtimeNs}:${stats.ctimeNs}`;

async function readNames(directory: OpenDirectory, hideReserved: boolean): Promise<DirectoryNames> {
  let names = await readdir(directory.self);
  const unaddressable = new Set<string>();
  // Strings are several times faster than buffers; only a replacement character requires a second read.
  if (names.some((name) => name.includes("\uFFFD"))) {
    names = (await readdir(directory.self, { encoding: "buffer" })).map((name) => {
      if (isUtf8(name)) return name.toString("utf8");
      const shown = shownText(name);
      unaddressable.add(shown);
      return shown;
    });
  }
  return { names: (hideReserved ? await withoutScratch(directory, names) : names).sort(), unaddressable };
}

/** Bytes of a name or a link target as displayed, with `\xNN` escapes where they are not UTF-8. */
export const shownText = (bytes: Buffer): string => showName(nameOf(bytes));
