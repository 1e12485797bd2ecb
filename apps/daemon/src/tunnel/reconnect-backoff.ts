const FIRST_DELAY_MS = 100;
const GROWTH = 1.5;
/** A restarting API is back within seconds and should be reached within about one. */
const DELAY_MS_MAX_AT_FIRST = 1_000;
const DELAY_MS_MAX = 5_000;
const AT_FIRST_MS = 60_000;

/** The backoff before the next attempt: short at first, then every few seconds, with jitter between daemons. */
export class ReconnectBackoff {
  readonly #now: () => number;
  readonly #random: () => number;
  #attempts = 0;
  #failingSince: number | undefined;

  constructor(now: () => number = () => performance.now(), random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** Failed attempts since the last connection. */
  get attempts(): number {
    return this.#attempts;
  }

  connected(): void {
    this.#attempts = 0;
    this.#failingSince = undefined;
  }

  nextDelayMs(): number {
    this.#failingSince ??= this.#now();
    const ceiling = this.#now() - this.#failingSince < AT_FIRST_MS ? DELAY_MS_MAX_AT_FIRST : DELAY_MS_MAX;
    const delay = Math.min(FIRST_DELAY_MS * GROWTH ** this.#attempts, ceiling);
    this.#attempts += 1;
    // Jitter: between half of the delay and the whole.
    return delay * (0.5 + this.#random() / 2);
  }
}
