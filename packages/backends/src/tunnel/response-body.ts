import { type ClientHttp2Stream, constants } from "node:http2";
import { Readable } from "node:stream";
import { connectionLost, misbehaved } from "./daemon-call.ts";

export interface ResponseBodyOptions {
  /** The declared length; null when the response declared none. */
  lengthBytes: number | null;
  /** How long a reader waits for the next bytes; null for no limit. */
  idleMs: number | null;
  /** The error for a reader that has waited too long. */
  tooSlow(): Error;
  received(bytes: number): void;
}

/**
 * The bytes of a response. Wraps Node's own HTTP/2 stream, whose `closed` is set when the last frame arrives.
 * `pipeline` and `for await` interpret that as a premature end while there are still unread bytes.
 */
export class ResponseBody extends Readable {
  readonly #stream: ClientHttp2Stream;
  readonly #idle: NodeJS.Timeout | undefined;
  #received = 0;
  #whole = false;

  constructor(stream: ClientHttp2Stream, { lengthBytes, idleMs, tooSlow, received }: ResponseBodyOptions) {
    super();
    this.#stream = stream;
    if (idleMs !== null) this.#idle = setTimeout(() => this.#checkIdle(tooSlow), idleMs).unref();
    stream.on("data", (chunk: Buffer) => {
      this.#received += chunk.length;
      received(chunk.length);
      this.#idle?.refresh();
      // A caller would treat the excess bytes as the next response on its own connection.
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
    // The rest is not needed: tell the daemon to stop sending.
    if (!this.#stream.closed) this.#stream.destroy(error ?? new Error("The response is no longer needed."));
    callback(error);
  }

  /** A paused stream waits for its reader and not for the daemon, so it is not idle. */
  #checkIdle(tooSlow: () => Error): void {
    if (this.#stream.isPaused()) this.#idle?.refresh();
    else this.destroy(tooSlow());
  }
}
