/**
 * Caches the result of `make`. Concurrent callers share one attempt; a failed attempt is not cached. `forget` clears
 * the cache.
 */
export class Once<T> {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | null = null;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  get(): Promise<T> {
    if (this.#made) return this.#made;
    const attempt = this.#make();
    this.#made = attempt;
    attempt.catch(() => {
      if (this.#made === attempt) this.#made = null;
    });
    return attempt;
  }

  forget(): void {
    this.#made = null;
  }
}
