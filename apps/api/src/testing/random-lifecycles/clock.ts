import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";

/** From Debian's package `faketime`: it changes the clock of the API and its Postgres only. */
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
export const canFakeTime = existsSync(FAKETIME);

/** Processes read the file once a second; this is enough time for all of them. */
const TAKES_EFFECT_MS = 3_000;

/** The clock of the API and its Postgres. Tests can advance time or set the clock wrong. */
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

  /** True when every process has had the right time for `sinceMs` milliseconds. */
  wasRight(sinceMs = 0): boolean {
    return this.#errorSeconds === 0 && performance.now() - this.#changedAt > TAKES_EFFECT_MS + sinceMs;
  }

  /** Sets the clock off by this much; 0 corrects it. */
  async setError(seconds: number): Promise<void> {
    this.#errorSeconds = seconds;
    await this.#write();
  }

  /** Advances the right time. */
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
