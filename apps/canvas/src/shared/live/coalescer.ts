/** After one slow delivery, the page must not stay outdated for as long again. */
const PAUSE_MILLISECONDS_MAX = 2_000;

/**
 * Batches bursts of events: it delivers after a short quiet period, never during the previous delivery, and then pauses
 * for as long as that one took, up to a maximum. Refetching therefore keeps up with any event rate.
 */
export class Coalescer<T> {
  readonly #flush: (items: ReadonlySet<T>) => Promise<void>;
  readonly #delayMilliseconds: number;
  #waiting = new Set<T>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isFlushing = false;
  #lastTookMilliseconds = 0;

  constructor(flush: (items: ReadonlySet<T>) => Promise<void>, delayMilliseconds: number) {
    this.#flush = flush;
    this.#delayMilliseconds = delayMilliseconds;
  }

  add(item: T): void {
    this.#waiting.add(item);
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #schedule(): void {
    if (this.#timer || this.#isFlushing || this.#waiting.size === 0) return;
    const pause = Math.min(this.#lastTookMilliseconds, PAUSE_MILLISECONDS_MAX);
    const delay = Math.max(this.#delayMilliseconds, pause);
    this.#timer = setTimeout(() => void this.#run(), delay);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    const items = this.#waiting;
    this.#waiting = new Set();
    this.#isFlushing = true;
    const startedAt = performance.now();
    try {
      await this.#flush(items);
    } finally {
      this.#lastTookMilliseconds = performance.now() - startedAt;
      this.#isFlushing = false;
      this.#schedule();
    }
  }
}
