export const FILE_KINDS = ["file", "directory", "symlink", "other"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** One entry of a listing. When it cannot be read, `error` is set and the facts are null. */
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
  /** Size of the whole file, not of the part that was read. */
  size: number;
  etag: string;
  /** True when the file continues after the part that was read. */
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

/** Whether a name pattern has glob characters. */
export const isGlob = (pattern: string): boolean => /[*?[\]]/.test(pattern);

/**
 * Messages of `files.watch`. `watching` comes first; no later change is missed. `names` are the entries that were
 * created, changed, renamed or deleted in the folder. Null: too many to list, or the folder itself.
 */
export type FileWatchMessage = { type: "watching" } | { type: "changed"; path: string; names: string[] | null };
