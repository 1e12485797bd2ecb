import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";

/** From Debian's package `faketime`: the only way to change the clock of the API and its Postgres and of nothing else. */
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
export const canFakeTime = existsSync(FAKETIME);

/** The processes read the file once a second; this is time enough for all of them. */
const TAKES_EFFECT_MS = 3_000;

/** The clock of the API and its Postgres. Time may pass, and the clock may be wrong. */
export class FakeClock {
  readonly #file: string;
  #passedSeconds = 0;
  #errorSeconds = 0;
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(file: string) {
    this.#file = file;
  }

  get environment(): Record<string, string> {
    if (!canFakeTime) return {};
    return {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** Whether every process has shown the right time for `sinceMs` milliseconds. */
  wasRight(sinceMs = 0): boolean {
    return this.#errorSeconds === 0 && performance.now() - this.#changedAt > TAKES_EFFECT_MS + sinceMs;
  }

  /** Sets the clock this far from the right time; 0 sets it right. */
  async setError(seconds: number): Promise<void> {
    this.#errorSeconds = seconds;
    await this.#write();
  }

  /** The right time from now on is so much later. */
  async pass(seconds: number): Promise<void> {
    this.#passedSeconds += seconds;
    await this.#write();
  }

  async #write(): Promise<void> {
    this.#changedAt = performance.now();
    const offset = this.#passedSeconds + this.#errorSeconds;
    await writeFile(this.#file, `${offset < 0 ? "" : "+"}${offset}`);
  }
}
