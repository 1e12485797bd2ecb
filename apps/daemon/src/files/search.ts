import { isGlob, type SearchMatch, type WorkspacePath } from "@berth/domain";
import { globMatcher } from "./glob.ts";
import { matchingLines } from "./matching-lines.ts";
import { kindOf } from "./metadata.ts";
import { openRegularFile, type ReadableFile } from "./read-file.ts";
import { openFolder } from "./resolve.ts";
import type { Root } from "./root.ts";
import { type Visit, walkTree } from "./tree-walk.ts";

export interface SearchOptions {
  /** A glob pattern. A pattern with glob characters also matches as literal text. Null matches every name. */
  name: string | null;
  /** Plain text within one line. Null searches by name alone. */
  content: string | null;
  /** Applies to name and content. */
  ignoreCase: boolean;
  limit: number;
  signal: AbortSignal;
}

/** Searches a folder and its descendants. Matches links by name and does not follow them. */
export async function* search(root: Root, path: WorkspacePath, options: SearchOptions): AsyncGenerator<SearchMatch> {
  using folder = await openFolder(root, path);
  const matchesName = nameMatcher(options);
  let found = 0;
  for await (const visit of walkTree(folder.directory, { hideReserved: folder.segments.length === 0 })) {
    if (options.signal.aborted) return;
    if (visit.stats === null || !matchesName(visit.segments)) continue;
    for await (const match of matchesIn(visit, shownPath([...path.segments, ...visit.segments]), options)) {
      yield match;
      found += 1;
      if (found === options.limit) return;
    }
  }
}

/** Much longer than any path the API accepts. The API rejects longer ones from a daemon. */
const PATH_CHARS_MAX = 8 * 1024;
const PATH_CHARS_AT_EACH_END = PATH_CHARS_MAX / 2 - 1;

/** The path, shortened to its start and end when it is too long to be used. */
function shownPath(segments: readonly string[]): string {
  const path = `/${segments.join("/")}`;
  if (path.length <= PATH_CHARS_MAX) return path;
  return `${path.slice(0, PATH_CHARS_AT_EACH_END)}…${path.slice(-PATH_CHARS_AT_EACH_END)}`.toWellFormed();
}

/** Matches the glob and also the literal text, because `[id].tsx` is a valid name. */
function nameMatcher({ name, ignoreCase }: SearchOptions): (segments: readonly string[]) => boolean {
  if (name === null) return () => true;
  const pattern = ignoreCase ? name.toLowerCase() : name;
  const matches = globMatcher(pattern);
  const isAlsoName = isGlob(pattern);
  return (segments) => {
    const names = ignoreCase ? segments.map((segment) => segment.toLowerCase()) : segments;
    if (matches(names)) return true;
    return isAlsoName && (pattern.includes("/") ? names.join("/") : (names.at(-1) ?? "")).includes(pattern);
  };
}

async function* matchesIn(
  visit: Visit,
  path: string,
  { content, ignoreCase, signal }: SearchOptions,
): AsyncGenerator<SearchMatch> {
  if (visit.stats === null) return;
  const kind = kindOf(visit.stats);
  if (content === null) {
    yield { path, kind, line: null, text: null };
    return;
  }
  if (kind !== "file") return;
  const file = await openOrNull(visit, path);
  if (file === null) return;
  using _open = file;
  for await (const match of matchingLines(file.fd, { content, ignoreCase }, signal)) yield { path, kind, ...match };
}

/** Null for an unreadable file: a search does not report what it cannot read. */
async function openOrNull({ directory, name }: Visit, path: string): Promise<ReadableFile | null> {
  try {
    return await openRegularFile(directory, name, path);
  } catch {
    return null;
  }
}
