import { type ClientHttp2Stream, constants } from "node:http2";
import { Readable } from "node:stream";
import { connectionLost } from "./daemon-call.ts";

/**
 * The bytes of an answer. Node's own HTTP/2 stream is not handed out: its `closed` says that the last frame came in, and
 * `pipeline` and `for await` take that for an end before the end while the bytes still wait to be read.
 */
export class AnswerBody extends Readable {
  readonly #stream: ClientHttp2Stream;
  #received = 0;
  #whole = false;

  /** `lengthBytes` is what the answer promised, null when it did not say. */
  constructor(stream: ClientHttp2Stream, lengthBytes: number | null) {
    super();
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => {
      this.#received += chunk.length;
      if (!this.push(chunk)) stream.pause();
    });
    stream.once("end", () => {
      this.#whole =
        stream.rstCode === constants.NGHTTP2_NO_ERROR && (lengthBytes === null || this.#received === lengthBytes);
      if (this.#whole) this.push(null);
    });
    stream.once("close", () => {
      if (!this.#whole) this.destroy(connectionLost());
    });
    stream.pause();
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    // Nobody wants the rest: tell the daemon to stop sending it.
    if (!this.#stream.closed) this.#stream.destroy(error ?? new Error("The answer is not wanted any more."));
    callback(error);
  }
}
