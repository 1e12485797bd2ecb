import type { FileWatchMessage } from "@berth/domain";

export interface WatchHandlers {
  onMessage(message: FileWatchMessage): void;
  /** Called when the stream ends, for any reason. */
  onEnd(): void;
}

export type OpenWatch = (paths: readonly string[], handlers: WatchHandlers) => { unsubscribe(): void };

interface Listener {
  /** From now on no change in these folders is missed; earlier changes are not reported. */
  onWatching(paths: readonly string[]): void;
  /** `names` is null for too many names, or for the folder itself. */
  onChanged(path: string, names: readonly string[] | null): void;
}

const AGAIN_MILLISECONDS_MIN = 2_000;
const AGAIN_MILLISECONDS_MAX = 30_000;

/**
 * Watches the visible folders, across changes of that set and broken connections. The old stream ends only after the new
 * one has begun, so expanding a folder never misses changes in the others.
 */
export class FolderWatch {
  readonly #open: OpenWatch;
  readonly #listener: Listener;
  #paths: readonly string[] = [];
  #watched = new Set<string>();
  #current: { unsubscribe(): void } | null = null;
  #next: { unsubscribe(): void } | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(open: OpenWatch, listener: Listener) {
    this.#open = open;
    this.#listener = listener;
  }

  follow(paths: readonly string[]): void {
    const isSame = paths.length === this.#paths.length && paths.every((path, at) => path === this.#paths[at]);
    if (isSame && (this.#current ?? this.#next ?? this.#timer)) return;
    this.#paths = paths;
    this.#begin();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#close();
    this.#paths = [];
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const abandoned = this.#next;
    this.#next = null;
    abandoned?.unsubscribe();
    const paths = this.#paths;
    let own: { unsubscribe(): void } | null = null;
    const isOurs = () => own !== null && (own === this.#next || own === this.#current);
    own = this.#open(paths, {
      onMessage: (message) => {
        if (!isOurs()) return;
        if (message.type === "watching") this.#began(paths);
        else this.#listener.onChanged(message.path, message.names);
      },
      onEnd: () => {
        if (isOurs()) this.#ended();
      },
    });
    this.#next = own;
  }

  #began(paths: readonly string[]): void {
    if (this.#next) {
      const replaced = this.#current;
      this.#current = this.#next;
      this.#next = null;
      replaced?.unsubscribe();
    } else {
      // A reconnected stream starts again: all its folders may have missed changes.
      this.#watched.clear();
    }
    this.#failures = 0;
    const before = this.#watched;
    this.#watched = new Set(paths);
    this.#listener.onWatching(paths.filter((path) => !before.has(path)));
  }

  #ended(): void {
    this.#close();
    const wait = Math.min(AGAIN_MILLISECONDS_MIN * 2 ** this.#failures, AGAIN_MILLISECONDS_MAX);
    this.#failures++;
    this.#timer = setTimeout(() => this.#begin(), wait);
  }

  /** Unsubscribing calls `onEnd` of the stream. It is no longer ours by then, so that this is no failure. */
  #close(): void {
    const streams = [this.#next, this.#current];
    this.#next = null;
    this.#current = null;
    this.#watched = new Set();
    for (const stream of streams) stream?.unsubscribe();
  }
}
