/** Counts the connections of each incarnation, so that one that reconnects too often must wait without affecting others. */
export class ConnectionLimit {
  readonly #max: number;
  readonly #withinMs: number;
  #countedFromMs = performance.now();
  #counts = new Map<string, number>();

  constructor(max: number, withinMs: number) {
    this.#max = max;
    this.#withinMs = withinMs;
  }

  /** Checked before the token and counted after it, so that no one without the token can lock a daemon out. */
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
