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

/** What happens within this time is told at once. */
const GATHER_MS = 100;
/** More changed names than this are told as "something". */
const NAMES_MAX = 100;
/** A folder that is not there is looked for again this often: builds remove and make theirs anew. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Tells what changes in these folders, not below them, until the signal ends it.
 *
 * @throws DomainError `limit_exceeded` when the machine cannot watch any more.
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

/** What has changed since it was last told. */
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

  /** Resolves when there is something to take, or the signal has ended it. */
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

  /** A folder that is not there counts as changed: whoever shows it finds out by looking. */
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
    // The kernel watches the folder itself, whatever happens to its name and to this way to it.
    this.#watcher = startWatching(open.directory.self, (name) => this.#happened(name, isRoot));
    this.#watcher.on("error", (error) => this.#changes.fail(asWatchProblem(error)));
    before?.close();
    return true;
  }

  #happened(name: string | null, isRoot: boolean): void {
    if (this.#closed || (isRoot && name !== null && isReservedName(name))) return;
    // `.` is what the kernel's word on the folder itself comes as. It may have gone, and another may be in its place.
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
    }, LOOK_AGAIN_MS);
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

/** The kernel's limits of inotify, by the names an operator looks for. */
const INOTIFY_LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: "fs.inotify.max_user_watches",
  EMFILE: "fs.inotify.max_user_instances",
};

export function asWatchProblem(error: unknown): unknown {
  const setting = INOTIFY_LIMITS[errorCode(error) ?? ""];
  if (setting === undefined) return error;
  const message = `The workspace's machine cannot watch more folders. Raise ${setting} on its host, or refresh by hand.`;
  return new DomainError("limit_exceeded", message, { details: { limit: setting }, cause: error });
}
