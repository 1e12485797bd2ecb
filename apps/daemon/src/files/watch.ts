import { type FSWatcher, watch } from "node:fs";
import {
  DomainError,
  type FileWatchMessage,
  formatWorkspacePath,
  isReservedName,
  type WorkspacePath,
} from "@berth/domain";
import { errorCode } from "./problems.ts";
import { openFolder } from "./resolve.ts";
import type { Root } from "./root.ts";

/** Changes within this time are sent together. */
const GATHER_MS = 100;
/** More changed names than this are reported as a change of the folder. */
const NAMES_MAX = 100;
/** Retry interval for a missing folder: builds often delete and recreate theirs. */
const RECHECK_MS = 1_000;

/**
 * Reports changes in these folders, not below them, until the signal aborts.
 *
 * @throws DomainError `limit_exceeded` when the system cannot watch more folders.
 */
export async function* watchFolders(
  root: Root,
  paths: readonly WorkspacePath[],
  signal: AbortSignal,
): AsyncGenerator<FileWatchMessage> {
  const changes = new Changes();
  const folders = paths.map((path) => new WatchedFolder(root, path, changes));
  const wake = () => changes.wake();
  signal.addEventListener("abort", wake);
  try {
    await Promise.all(folders.map((folder) => folder.start()));
    yield { type: "watching" };
    while (!signal.aborted) {
      for (const change of changes.take()) yield change;
      await changes.next(signal);
    }
  } finally {
    signal.removeEventListener("abort", wake);
    for (const folder of folders) folder.close();
    changes.close();
  }
}

/** Changes that have not been reported yet. */
class Changes {
  #pending = new Map<string, Set<string> | null>();
  #ripe = false;
  #timer: NodeJS.Timeout | undefined;
  #error: unknown;
  wake: () => void = () => {};

  /** `name` is null for the folder itself. */
  add(path: string, name: string | null): void {
    const names = this.#pending.has(path) ? this.#pending.get(path) : new Set<string>();
    if (name !== null) names?.add(name);
    const many = name === null || !names || names.size > NAMES_MAX;
    this.#pending.set(path, many ? null : names);
    this.#timer ??= setTimeout(() => {
      this.#ripe = true;
      this.wake();
    }, GATHER_MS);
  }

  fail(error: unknown): void {
    this.#error = error;
    this.wake();
  }

  take(): FileWatchMessage[] {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#ripe) return [];
    const taken = [...this.#pending];
    this.close();
    return taken.map(([path, names]) => ({ type: "changed", path, names: names && [...names].sort() }));
  }

  /** Resolves when changes are ready, or the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (this.#ripe || this.#error !== undefined || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#ripe = false;
    this.#pending = new Map();
  }
}

class WatchedFolder {
  readonly #root: Root;
  readonly #path: WorkspacePath;
  readonly #changes: Changes;
  readonly #name: string;
  #watcher: FSWatcher | undefined;
  #again: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(root: Root, path: WorkspacePath, changes: Changes) {
    this.#root = root;
    this.#path = path;
    this.#changes = changes;
    this.#name = formatWorkspacePath(path);
  }

  /** Reports a missing folder as changed, so that clients list it again. */
  async start(): Promise<void> {
    if (await this.#watch()) return;
    this.#changes.add(this.#name, null);
    this.#lookAgain();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#watcher?.close();
  }

  async #watch(): Promise<boolean> {
    const folder = await openFolder(this.#root, this.#path).catch((error: unknown) => {
      if (error instanceof DomainError) return null;
      throw error;
    });
    if (folder === null) return false;
    using open = folder;
    if (this.#closed) return true;
    const isRoot = open.segments.length === 0;
    const before = this.#watcher;
    // The kernel watches the inode, so renames of the folder or its parents do not matter.
    this.#watcher = startWatching(open.directory.self, (name) => this.#happened(name, isRoot));
    this.#watcher.on("error", (error) => this.#changes.fail(asWatchProblem(error)));
    before?.close();
    return true;
  }

  #happened(name: string | null, isRoot: boolean): void {
    if (this.#closed || (isRoot && name !== null && isReservedName(name))) return;
    // The kernel reports events of the folder itself as `.`. The folder may be deleted or replaced.
    const isItself = name === null || name === ".";
    this.#changes.add(this.#name, isItself ? null : name);
    if (isItself) this.#lookAgain();
  }

  #lookAgain(): void {
    if (this.#closed || this.#again !== undefined) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#watch().then(
        (found) => (found ? this.#changes.add(this.#name, null) : this.#lookAgain()),
        (error: unknown) => this.#changes.fail(error),
      );
    }, RECHECK_MS);
    this.#again.unref();
  }
}

function startWatching(path: string, happened: (name: string | null) => void): FSWatcher {
  try {
    return watch(path, { persistent: false }, (_kind, name) => happened(name));
  } catch (error) {
    throw asWatchProblem(error);
  }
}

/** The inotify limits of the kernel, by their sysctl names. */
const INOTIFY_LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: "fs.inotify.max_user_watches",
  EMFILE: "fs.inotify.max_user_instances",
};

export function asWatchProblem(error: unknown): unknown {
  const setting = INOTIFY_LIMITS[errorCode(error) ?? ""];
  if (setting === undefined) return error;
  const message = `The workspace's machine cannot watch more folders. Raise ${setting} on its host, or refresh manually.`;
  return new DomainError("limit_exceeded", message, { details: { limit: setting }, cause: error });
}
