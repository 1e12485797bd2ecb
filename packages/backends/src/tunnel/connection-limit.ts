/**
 * Counts the connections of each incarnation, so that an incarnation that reconnects too often has to wait, without
 * affecting others.
 */
export class ConnectionLimit {
  readonly #max: number;
  readonly #withinMs: number;
  #countedFromMs = performance.now();
  #counts = new Map<string, number>();

  constructor(max: number, withinMs: number) {
    this.#max = max;
    this.#withinMs = withinMs;
  }

  /** Checked before the token and counted after it, so that a daemon cannot be locked out without its token. */
  isExhausted(incarnationId: string): boolean {
    if (performance.now() - this.#countedFromMs > this.#withinMs) {
      this.#counts = new Map();
      this.#countedFromMs = performance.now();
    }
    return (this.#counts.get(incarnationId) ?? 0) >= this.#max;
  }

  count(incarnationId: string): void {
    this.#counts.set(incarnationId, (this.#counts.get(incarnationId) ?? 0) + 1);
  }
}
