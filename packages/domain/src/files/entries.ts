export const FILE_KINDS = ["file", "directory", "symlink", "other"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** One line of a listing. `error` is set, and the facts are null, when the entry is there but cannot be read. */
export interface FileEntry {
  name: string;
  kind: FileKind;
  size: number | null;
  modifiedAt: string | null;
  /** Permission bits, e.g. 0o644 as a number. */
  mode: number | null;
  linkTarget: string | null;
  error: string | null;
}

export interface FileListing {
  entries: FileEntry[];
  nextCursor: string | null;
  total: number | null;
}

export interface FileStat extends FileEntry {
  path: string;
  etag: string | null;
}

/** `etag` is opaque and strong; `sha256` is lower-case hex of the whole file. */
export interface FileWritten {
  path: string;
  size: number;
  etag: string;
  sha256: string;
}

export interface FileText {
  content: string;
  encoding: "utf8" | "base64";
  /** Of the whole file, not of the part read. */
  size: number;
  etag: string;
  /** True when the file goes on behind what was read. */
  truncated: boolean;
}

export interface SearchMatch {
  path: string;
  kind: FileKind;
  /** 1-based; null for a match by name only. */
  line: number | null;
  /** The matching line, cut to 400 characters. */
  text: string | null;
}

/**
 * What `files.watch` tells. `watching` comes first, once nothing that happens can be missed any more. `names` are what was
 * made, changed, renamed or removed in the folder; null: more than are worth naming, or the folder itself.
 */
export type FileWatchMessage = { type: "watching" } | { type: "changed"; path: string; names: string[] | null };
