import { type ClientHttp2Stream, constants } from "node:http2";
import { Readable } from "node:stream";
import { connectionLost, misbehaved } from "./daemon-call.ts";

export interface AnswerBodyOptions {
  /** What the answer declared, null when it did not. */
  lengthBytes: number | null;
  /** How long a reader waits for the next bytes; null for ever. */
  idleMs: number | null;
  /** The error of a reader that has waited too long. */
  tooSlow(): Error;
  received(bytes: number): void;
}

/**
 * The bytes of an answer. Node's own HTTP/2 stream is not handed out: its `closed` says that the last frame came in, and
 * `pipeline` and `for await` take that for an end before the end while the bytes still wait to be read.
 */
export class AnswerBody extends Readable {
  readonly #stream: ClientHttp2Stream;
  readonly #idle: NodeJS.Timeout | undefined;
  #received = 0;
  #whole = false;

  constructor(stream: ClientHttp2Stream, { lengthBytes, idleMs, tooSlow, received }: AnswerBodyOptions) {
    super();
    this.#stream = stream;
    if (idleMs !== null) this.#idle = setTimeout(() => this.#checkIdle(tooSlow), idleMs).unref();
    stream.on("data", (chunk: Buffer) => {
      this.#received += chunk.length;
      received(chunk.length);
      this.#idle?.refresh();
      // Passed on, they would be taken for the next answer on the caller's connection.
      if (lengthBytes !== null && this.#received > lengthBytes) {
        this.destroy(misbehaved("it is longer than it declared."));
      } else if (!this.push(chunk)) stream.pause();
    });
    stream.once("end", () => {
      this.#whole =
        stream.rstCode === constants.NGHTTP2_NO_ERROR && (lengthBytes === null || this.#received === lengthBytes);
      if (this.#whole) this.push(null);
    });
    stream.once("close", () => {
      clearTimeout(this.#idle);
      if (!this.#whole) this.destroy(connectionLost());
    });
    stream.pause();
  }

  override _read(): void {
    if (this.#stream.isPaused()) this.#idle?.refresh();
    this.#stream.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    // Nobody wants the rest: tell the daemon to stop sending it.
    if (!this.#stream.closed) this.#stream.destroy(error ?? new Error("The answer is not wanted any more."));
    callback(error);
  }

  /** A paused stream waits for its reader, not for the daemon. */
  #checkIdle(tooSlow: () => Error): void {
    if (this.#stream.isPaused()) this.#idle?.refresh();
    else this.destroy(tooSlow());
  }
}
