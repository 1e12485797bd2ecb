import type { FileEntry, FileListing } from "@berth/domain";
import { createStore, useStore } from "zustand";
import { ancestorsOf, isWithin, joinPath, parentOf, TOP } from "../paths.ts";

export type ListFolder = (path: string, cursor: string | null) => Promise<FileListing>;

interface Folder {
  status: "loading" | "ready" | "failed";
  entries: FileEntry[];
  nextCursor: string | null;
  total: number | null;
  error: unknown;
  isLoadingMore: boolean;
}

/** One rendered row. For rows that are not entries, `path` is the folder they belong to. */
export type Row =
  | { kind: "entry"; path: string; depth: number; entry: FileEntry; isExpanded: boolean }
  | { kind: "loading" | "empty"; path: string; depth: number }
  | { kind: "failed"; path: string; depth: number; error: unknown }
  | { kind: "more"; path: string; depth: number; remaining: number | null };

interface TreeState {
  folders: ReadonlyMap<string, Folder>;
  expanded: ReadonlySet<string>;
  /** What to render, derived from the others. */
  rows: readonly Row[];
}

/** A file tree that loads a folder when it expands, one page at a time as needed. */
export class TreeStore {
  readonly #list: ListFolder;
  readonly #state = createStore<TreeState>(() => withRows({ folders: new Map(), expanded: new Set([TOP]) }));
  #questions = 0;
  /** The number of the latest completed request for each folder. */
  readonly #completed = new Map<string, number>();

  constructor(list: ListFolder) {
    this.#list = list;
  }

  get subscribe() {
    return this.#state.subscribe;
  }

  rows(): readonly Row[] {
    return this.#state.getState().rows;
  }

  /** The rows, for a component that renders them. */
  useRows(): readonly Row[] {
    return useStore(this.#state, ({ rows }) => rows);
  }

  isExpanded(path: string): boolean {
    return this.#state.getState().expanded.has(path);
  }

  /** Whether a folder was loaded; one that was not has no stale content. */
  isRead(path: string): boolean {
    return this.#folder(path) !== undefined;
  }

  /** The folders whose entries are among the rows, topmost first. */
  shownFolders(max: number): string[] {
    const open = this.rows().filter((row) => row.kind === "entry" && row.isExpanded);
    return [TOP, ...open.map(({ path }) => path)].slice(0, max);
  }

  async expand(path: string): Promise<void> {
    const { expanded, folders } = this.#state.getState();
    this.#change({ expanded: new Set(expanded).add(path) });
    if (!folders.has(path)) await this.#load(path);
  }

  collapse(path: string): void {
    const { expanded } = this.#state.getState();
    this.#change({ expanded: new Set([...expanded].filter((one) => one !== path)) });
  }

  /** Expands every folder above a path, so that it is visible. */
  async reveal(path: string): Promise<void> {
    for (const folder of ancestorsOf(path)) await this.expand(folder);
  }

  /** Loads the next page of a folder; does nothing while that page is loading. */
  async loadMore(path: string): Promise<void> {
    const folder = this.#folder(path);
    if (!folder || folder.isLoadingMore || folder.nextCursor === null) return;
    this.#set(path, { ...folder, isLoadingMore: true });
    try {
      const page = await this.#list(path, folder.nextCursor);
      this.#set(path, { ...folder, ...ready([...folder.entries, ...page.entries], page) });
    } catch (error) {
      this.#set(path, { ...folder, status: "failed", error, isLoadingMore: false });
    }
  }

  /** Reloads a folder as far as it was loaded. The old entries stay visible until then. */
  async reload(path: string): Promise<void> {
    const before = this.#folder(path);
    if (!before) return this.expand(path);
    const isNewer = this.#beginRequest(path);
    try {
      let page = await this.#list(path, null);
      const entries = [...page.entries];
      while (entries.length < before.entries.length && page.nextCursor !== null) {
        page = await this.#list(path, page.nextCursor);
        entries.push(...page.entries);
      }
      if (isNewer()) this.#set(path, ready(entries, page));
    } catch (error) {
      if (isNewer()) this.#set(path, { ...before, status: "failed", error, isLoadingMore: false });
    }
  }

  /** Reloads all expanded folders. */
  async reloadAll(): Promise<void> {
    const { expanded, folders } = this.#state.getState();
    const open = [...expanded].filter((path) => folders.has(path));
    await Promise.all(open.map((path) => this.reload(path)));
  }

  /** Removes a deleted or moved entry before its folder reloads. */
  forget(path: string): void {
    const before = this.#state.getState();
    const folders = new Map([...before.folders].filter(([known]) => !isWithin(known, path)));
    const parent = folders.get(parentOf(path));
    if (parent) {
      const entries = parent.entries.filter((entry) => joinPath(parentOf(path), entry.name) !== path);
      folders.set(parentOf(path), { ...parent, entries });
    }
    const expanded = new Set([...before.expanded].filter((open) => open === TOP || !isWithin(open, path)));
    this.#change({ folders, expanded });
  }

  /** The entry next to another one: the next in its folder, else the row before it. */
  neighbourOf(path: string): string {
    const rows = this.rows();
    const at = rows.findIndex((row) => row.kind === "entry" && row.path === path);
    if (at === -1) return parentOf(path);
    const next = rows.slice(at + 1).find((row) => !isWithin(row.path, path));
    if (next?.kind === "entry" && parentOf(next.path) === parentOf(path)) return next.path;
    return rows[at - 1]?.kind === "entry" ? (rows[at - 1]?.path ?? TOP) : parentOf(path);
  }

  /** The entry at a path, if that part of its folder is loaded. */
  entryAt(path: string): FileEntry | undefined {
    return this.#folder(parentOf(path))?.entries.find((entry) => joinPath(parentOf(path), entry.name) === path);
  }

  async #load(path: string): Promise<void> {
    const isNewer = this.#beginRequest(path);
    this.#set(path, { ...EMPTY, status: "loading" });
    try {
      const page = await this.#list(path, null);
      if (isNewer()) this.#set(path, ready(page.entries, page));
    } catch (error) {
      if (isNewer()) this.#set(path, { ...EMPTY, status: "failed", error });
    }
  }

  /** @returns whether to show the response: false if a later request completed first. */
  #beginRequest(path: string): () => boolean {
    this.#questions += 1;
    const question = this.#questions;
    return () => {
      if (question < (this.#completed.get(path) ?? 0)) return false;
      this.#completed.set(path, question);
      return true;
    };
  }

  #set(path: string, folder: Folder): void {
    this.#change({ folders: new Map(this.#state.getState().folders).set(path, folder) });
  }

  #folder(path: string): Folder | undefined {
    return this.#state.getState().folders.get(path);
  }

  #change(part: Partial<Omit<TreeState, "rows">>): void {
    this.#state.setState((before) => withRows({ ...before, ...part }));
  }
}

const withRows = (tree: Omit<TreeState, "rows">): TreeState => ({ ...tree, rows: rowsOf(tree, TOP, 0) });

function rowsOf(tree: Omit<TreeState, "rows">, path: string, depth: number): Row[] {
  const folder = tree.folders.get(path);
  if (!folder || (folder.status === "loading" && folder.entries.length === 0))
    return [{ kind: "loading", path, depth }];
  const rows: Row[] = [];
  for (const entry of inOrder(folder)) {
    const childPath = joinPath(path, entry.name);
    const isExpanded = entry.kind === "directory" && tree.expanded.has(childPath);
    rows.push({ kind: "entry", path: childPath, depth, entry, isExpanded });
    if (isExpanded) for (const row of rowsOf(tree, childPath, depth + 1)) rows.push(row);
  }
  if (folder.status === "failed") rows.push({ kind: "failed", path, depth, error: folder.error });
  else if (folder.nextCursor !== null) {
    const remaining = folder.total === null ? null : Math.max(0, folder.total - folder.entries.length);
    rows.push({ kind: "more", path, depth, remaining });
  } else if (folder.entries.length === 0) rows.push({ kind: "empty", path, depth });
  return rows;
}

const EMPTY: Folder = {
  status: "ready",
  entries: [],
  nextCursor: null,
  total: null,
  error: null,
  isLoadingMore: false,
};

const ready = (entries: FileEntry[], page: FileListing): Folder => ({
  ...EMPTY,
  entries,
  nextCursor: page.nextCursor,
  total: page.total,
});

/**
 * Folders come first once the whole folder is known; a large folder keeps its order, or rows would jump with each page.
 */
function inOrder(folder: Folder): FileEntry[] {
  if (folder.nextCursor !== null || folder.entries.length > WHOLE_MAX) return folder.entries;
  const isFolder = (entry: FileEntry) => entry.kind === "directory";
  return [...folder.entries.filter(isFolder), ...folder.entries.filter((entry) => !isFolder(entry))];
}

/** Entries requested at once. A folder that fits is shown with its folders first. */
export const PAGE_SIZE = 500;
const WHOLE_MAX = PAGE_SIZE;
