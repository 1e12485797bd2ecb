import type { DaemonSession } from "../index.ts";
import { openTerminalStream, type TerminalStream } from "../terminal-stream.ts";
import { until } from "./tunnel-fixture.ts";

/** A client that is attached to a terminal. */
export class Screen {
  readonly stream: TerminalStream;
  readonly chunks: Uint8Array[] = [];
  offset: number;
  /** The position that it has acknowledged. */
  acknowledged = 0;
  /** False: reads the output without acknowledging it. */
  acknowledges = true;
  exitCode: number | undefined;
  error: unknown;
  readonly #leaving: AbortController;

  private constructor(stream: TerminalStream, leaving: AbortController) {
    this.stream = stream;
    this.offset = stream.offset;
    this.#leaving = leaving;
    void this.#read();
  }

  /** @param after the position already read; null for all retained output */
  static async on(session: DaemonSession, { id }: { id: string }, after: number | null): Promise<Screen> {
    const leaving = new AbortController();
    const stream = await openTerminalStream(session, { terminalId: id, after, signal: leaving.signal });
    return new Screen(stream, leaving);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }

  type(text: string): Promise<void> {
    return this.stream.write(Buffer.from(text));
  }

  /** Waits until the output matches. */
  waitForText(pattern: RegExp): Promise<RegExpExecArray> {
    return until(
      () => pattern.exec(this.text) as RegExpExecArray,
      (found) => found !== null,
    );
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #read(): Promise<void> {
    try {
      for await (const output of this.stream.output) {
        if ("exitCode" in output) {
          this.exitCode = output.exitCode;
          return;
        }
        this.chunks.push(output.chunk);
        this.offset = output.offset;
        if (!this.acknowledges) continue;
        this.stream.received(output.offset);
        this.acknowledged = output.offset;
      }
    } catch (error) {
      this.error = error;
    }
  }
}
