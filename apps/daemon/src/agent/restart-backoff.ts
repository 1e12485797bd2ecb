const FIRST_DELAY_MS = 1_000;
const DELAY_MS_MAX = 60_000;
/** A command that ran this long counts as healthy: its next failure starts from the first delay. */
const HEALTHY_AFTER_MS = 60_000;

/** The backoff before a failed command restarts: it doubles up to a minute while the command keeps failing. */
export class RestartBackoff {
  #delayMs = FIRST_DELAY_MS;

  delayAfter(ranMs: number): number {
    if (ranMs >= HEALTHY_AFTER_MS) this.#delayMs = FIRST_DELAY_MS;
    const delay = this.#delayMs;
    this.#delayMs = Math.min(delay * 2, DELAY_MS_MAX);
    return delay;
  }
}
