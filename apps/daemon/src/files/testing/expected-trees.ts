import type { DescribedEntry, DescribedTree } from "./random-trees.ts";

/** A longer run: BERTH_TEST_TREES=500 BERTH_TEST_SEED=1 vitest run <file>. */
export function treeSeeds({ from, count }: { from: number; count: number }): number[] {
  const trees = Number(process.env.BERTH_TEST_TREES ?? count);
  const first = Number(process.env.BERTH_TEST_SEED ?? from);
  return Array.from({ length: trees }, (_, index) => first + index);
}

type Change<Made> = (entry: DescribedEntry, name: string) => Made | null;

/** The expected tree, with entries changed or removed, and without the folder itself. */
export function changed<Made>(tree: DescribedTree, change: Change<Made>): Readonly<Record<string, Made>> {
  const made: Record<string, Made> = {};
  for (const [name, entry] of Object.entries(tree)) {
    const kept = name === "." ? null : change(entry, name);
    if (kept !== null) made[name] = kept;
  }
  return made;
}

export const without =
  (isLeftOut: (entry: DescribedEntry, name: string) => boolean): Change<DescribedEntry> =>
  (entry, name) =>
    isLeftOut(entry, name) ? null : entry;

/** True for Berth's report in an archive, false for a user's file with such a name. */
export const isReport = (name: string, before: DescribedTree): boolean =>
  /^BERTH-UNREADABLE(-\d+)?\.txt$/.test(name) && before[name] === undefined;

const own = `${process.getuid?.()}:${process.getgid?.()}`;

/** What an upload keeps of an untrusted archive. Sockets are not archived at all. */
export const asUploaded: Change<DescribedEntry> = (entry) =>
  entry.kind === "s"
    ? null
    : {
        ...entry,
        owner: own,
        mode: entry.mode === "" ? "" : `0o${(Number.parseInt(entry.mode.slice(2), 8) & 0o777).toString(8)}`,
        attributes: Object.fromEntries(
          Object.entries(entry.attributes).filter(([name]) => /^(user\.|system\.posix_acl)/.test(name)),
        ),
      };
