import { write, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const writeSome = promisify(write);

/** Characters buffered for a reader that does not read; further output is dropped. */
const KEPT_CHARS = 4 * 1024 * 1024;
/** How long `flush` waits for a reader that does not read. */
const FLUSH_MS = 1_000;
const RETRY_MS = 50;

/**
 * Writes to a file descriptor without blocking the process: a stopped terminal or an unread pipe must not stop the
 * server. Accepted output is written completely and in order.
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

  /** Resolves when everything is written, or after `FLUSH_MS`. */
  async flush(): Promise<void> {
    await Promise.race([this.#draining, pause(FLUSH_MS, undefined, { ref: false })]);
  }

  /** Writes the rest synchronously. For the exit of the process, when asynchronous work no longer runs. */
  writeRest(): void {
    try {
      writeSync(this.#fd, this.#take());
    } catch {
      // The output has no reader, so the error cannot be reported.
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
        // EAGAIN means a full pipe, which the reader will drain. Any other error means that the reader is gone for good.
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
