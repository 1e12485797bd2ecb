/** Counts the arrivals of each incarnation. One that dials again and again must wait; the others do not notice. */
export class ArrivalPace {
  readonly #max: number;
  readonly #withinMs: number;
  #countedFromMs = performance.now();
  #counts = new Map<string, number>();

  constructor(max: number, withinMs: number) {
    this.#max = max;
    this.#withinMs = withinMs;
  }

  /** Asked before the token is checked, and counted after: nobody without the token can keep a daemon out. */
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
