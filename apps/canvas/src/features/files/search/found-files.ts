import type { SearchMatch } from "@berth/domain";

/** What a search found in one file: its name, lines of it, or both. */
export interface FoundFile {
  path: string;
  kind: SearchMatch["kind"];
  isNameMatch: boolean;
  lines: { line: number; text: string }[];
}

/** One line of the list of results. */
export type ResultRow =
  | { kind: "file"; path: string; file: FoundFile }
  | { kind: "line"; path: string; line: number; text: string };

/** Takes in what was found in addition, one entry for each file. */
export function withFound(
  files: ReadonlyMap<string, FoundFile>,
  matches: readonly SearchMatch[],
): ReadonlyMap<string, FoundFile> {
  const all = new Map(files);
  for (const { path, kind, line, text } of matches) {
    const known = all.get(path) ?? { path, kind, isNameMatch: false, lines: [] };
    all.set(
      path,
      line === null
        ? { ...known, isNameMatch: true }
        : { ...known, lines: [...known.lines, { line, text: text ?? "" }] },
    );
  }
  return all;
}

/** Names that match stand first: who types a name looks for that file. Then by path, whichever search was the quicker. */
export function rowsOf(files: ReadonlyMap<string, FoundFile>): ResultRow[] {
  const all = [...files.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
  const ordered = [...all.filter((file) => file.isNameMatch), ...all.filter((file) => !file.isNameMatch)];
  return ordered.flatMap((file): ResultRow[] => [
    { kind: "file", path: file.path, file },
    ...file.lines.map(({ line, text }): ResultRow => ({ kind: "line", path: file.path, line, text })),
  ]);
}

const GLOB = /[*?[\]]/;

/** What is typed as a pattern for names: as it stands when it is one, else anywhere in the name. */
export function namePattern(typed: string): string {
  if (GLOB.test(typed)) return typed;
  return typed.includes("/") ? `**/*${typed.replace(/^\/+/, "")}*` : `*${typed}*`;
}

/** A line in three parts around the first match, without the indentation in front. */
export function partsAround(text: string, wanted: string): [string, string, string] {
  const line = text.trimStart();
  const at = line.toLocaleLowerCase().indexOf(wanted.toLocaleLowerCase());
  return at === -1
    ? [line, "", ""]
    : [line.slice(0, at), line.slice(at, at + wanted.length), line.slice(at + wanted.length)];
}
