import { write, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const writeSome = promisify(write);

/** So much is kept for a reader that does not read; what comes after is dropped. */
const KEPT_CHARS = 4 * 1024 * 1024;
/** So long an end waits for a reader that does not read. */
const FLUSH_MS = 1_000;
const RETRY_MS = 50;

/**
 * Writes to a file descriptor without ever making the process wait: a terminal that was stopped, or a pipe nobody
 * reads, must not stop the server. Every byte of what is taken is written, in order.
 */
export class BackgroundWriter {
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingChars = 0;
  #draining: Promise<void> | null = null;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(text: string): void {
    if (this.#waitingChars > KEPT_CHARS) return;
    this.#waiting.push(text);
    this.#waitingChars += text.length;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null;
    });
  }

  /** Resolves when all is written, or has waited long enough. */
  async flush(): Promise<void> {
    await Promise.race([this.#draining, pause(FLUSH_MS, undefined, { ref: false })]);
  }

  /** For the very end of the process, when nothing runs in the background any more. */
  writeRest(): void {
    try {
      writeSync(this.#fd, this.#take());
    } catch {
      // Nobody is there to be told.
    }
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeAll(Buffer.from(this.#take()));
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      try {
        done += (await writeSome(this.#fd, bytes, done)).bytesWritten;
      } catch (error) {
        // A reader that has gone will not come back; a full pipe will be read.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
        await pause(RETRY_MS);
      }
    }
  }

  #take(): string {
    const text = this.#waiting.join("");
    this.#waiting = [];
    this.#waitingChars = 0;
    return text;
  }
}
