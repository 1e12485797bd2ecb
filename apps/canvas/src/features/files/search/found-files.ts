import { isGlob, type SearchMatch } from "@berth/domain";

/** A search result for one file: its name, matching lines, or both. */
export interface FoundFile {
  path: string;
  kind: SearchMatch["kind"];
  isNameMatch: boolean;
  lines: { line: number; text: string }[];
}

/** One row of the results. */
export type ResultRow =
  | { kind: "file"; path: string; file: FoundFile }
  | { kind: "line"; path: string; line: number; text: string };

/** Merges new matches, one entry per file. */
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

/**
 * Name matches come first, because a typed name usually means that file. Then by path, regardless of which search was
 * faster.
 */
export function rowsOf(files: ReadonlyMap<string, FoundFile>): ResultRow[] {
  const all = [...files.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
  const ordered = [...all.filter((file) => file.isNameMatch), ...all.filter((file) => !file.isNameMatch)];
  return ordered.flatMap((file): ResultRow[] => [
    { kind: "file", path: file.path, file },
    ...file.lines.map(({ line, text }): ResultRow => ({ kind: "line", path: file.path, line, text })),
  ]);
}

/** The typed text as a name pattern: unchanged if it is one, else a match anywhere in the name. */
export function namePattern(typed: string): string {
  if (isGlob(typed)) return typed;
  return typed.includes("/") ? `**/*${typed.replace(/^\/+/, "")}*` : `*${typed}*`;
}

/** Splits a line around the first match, without the indentation. */
export function partsAround(text: string, wanted: string): [string, string, string] {
  const line = text.trimStart();
  const at = line.toLocaleLowerCase().indexOf(wanted.toLocaleLowerCase());
  return at === -1
    ? [line, "", ""]
    : [line.slice(0, at), line.slice(at, at + wanted.length), line.slice(at + wanted.length)];
}
