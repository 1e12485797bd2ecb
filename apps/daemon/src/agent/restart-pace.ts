const FIRST_DELAY_MS = 1_000;
const DELAY_MS_MAX = 60_000;
/** A command that ran this long was well: its next failure starts from the beginning. */
const WELL_AFTER_MS = 60_000;

/** How long to wait before a failed command is started again: doubling to a minute while it keeps failing. */
export class RestartPace {
  #delayMs = FIRST_DELAY_MS;

  delayAfter(ranMs: number): number {
    if (ranMs >= WELL_AFTER_MS) this.#delayMs = FIRST_DELAY_MS;
    const delay = this.#delayMs;
    this.#delayMs = Math.min(delay * 2, DELAY_MS_MAX);
    return delay;
  }
}
