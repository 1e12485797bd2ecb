import type { Writable } from "node:stream";
import { DomainError, LIMITS } from "@berth/domain";

/** Enough for every retry that may still come. */
const WRITES_REMEMBERED = 100;

/** Standard input of a command. What the command has not read yet is bounded. */
export class InputWriter {
  readonly #stream: Writable | null;
  readonly #written: string[] = [];

  constructor(stream: Writable | null, { stdin, endStdin }: { stdin: Buffer; endStdin: boolean }) {
    this.#stream = stream;
    // The command may end, or close its input, without reading it.
    stream?.on("error", () => {});
    if (stdin.length > 0) stream?.write(stdin);
    if (endStdin) this.close();
  }

  /**
   * Queues the input in order. A repeated write id writes nothing again.
   *
   * @throws DomainError `too_many_requests` when the command has to read first
   */
  write({ writeId, data, end }: { writeId: string; data: Buffer; end: boolean }): void {
    if (this.#written.includes(writeId)) return;
    const stream = this.#stream;
    if (stream === null || stream.writableEnded || stream.destroyed)
      throw new DomainError("invalid_input", "Standard input of the command is closed.");
    const max = LIMITS.commandInputBytesMax;
    if (stream.writableLength + data.length > max) {
      const message = `The command has not read ${stream.writableLength} bytes of its input yet. At most ${max} can wait.`;
      throw new DomainError("too_many_requests", message, { details: { limit: "commandInputBytesMax", max } });
    }
    if (data.length > 0) stream.write(data);
    if (end) this.close();
    this.#written.push(writeId);
    if (this.#written.length > WRITES_REMEMBERED) this.#written.shift();
  }

  close(): void {
    this.#stream?.end();
  }
}
