import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { DomainError, LIMITS, parseWorkspacePath, type WorkspacePath } from "@berth/domain";

/** The caller disconnected or cancelled during a call, so there is no one to respond to. */
export class CallerDisconnectedError extends Error {
  override readonly name = "CallerDisconnectedError";
}

/** One request of the API and its response. Validates parameters strictly. */
export class Call {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly route: string;
  readonly query: URLSearchParams;
  readonly #gone = new AbortController();

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
    this.method = headers[":method"] ?? "";
    const [route = "", query = ""] = splitOnce(headers[":path"] ?? "", "?");
    this.route = route;
    this.query = new URLSearchParams(query);
    stream.once("close", () => this.#gone.abort());
  }

  /** Aborts when the stream closes, also after a complete response. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get path(): WorkspacePath {
    return parseWorkspacePath(this.text("root"), this.query.get("path") ?? "/");
  }

  text(name: string): string {
    const value = this.query.get(name);
    if (value === null) throw new DomainError("invalid_input", `The parameter "${name}" is missing.`);
    return value;
  }

  /** A whole number from 0 to `max`, or the fallback when the parameter is absent. */
  integer(name: string, fallback: number, max: number): number {
    const value = this.query.get(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 0)
      throw new DomainError("invalid_input", `"${name}" must be a whole number.`);
    if (number > max)
      throw new DomainError("limit_exceeded", `"${name}" must be at most ${max}.`, { details: { max } });
    return number;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.query.get(name) ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new DomainError("invalid_input", `"${name}" must be one of: ${choices.join(", ")}.`);
    return found;
  }

  /** Reads the JSON body, which must be an object. */
  async json(): Promise<Readonly<Record<string, unknown>>> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.#chunks()) {
      bytes += chunk.length;
      if (bytes > LIMITS.requestBodyBytesMax) throw new DomainError("limit_exceeded", "The request is too large.");
      chunks.push(chunk);
    }
    try {
      const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
    } catch {
      // Reported below.
    }
    throw new DomainError("invalid_input", "The request must be a JSON object.");
  }

  /**
   * Reads the request's bytes.
   *
   * @throws when the caller disconnects early: a truncated body must not count as complete.
   */
  async *body(): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of this.#chunks()) {
      bytes += chunk.length;
      yield chunk;
    }
    const promised = this.headers["content-length"];
    if (
      this.stream.aborted ||
      this.stream.rstCode !== constants.NGHTTP2_NO_ERROR ||
      (promised !== undefined && Number(promised) !== bytes)
    ) {
      throw new CallerDisconnectedError();
    }
  }

  /** Keeps the stream open when the reader stops early, because the response still has to be sent on it. */
  #chunks(): AsyncIterable<Buffer> {
    return this.stream.iterator({ destroyOnReturn: false });
  }

  /**
   * Writes a part of the response and waits for buffer space.
   *
   * @throws when the caller disconnects.
   */
  async write(chunk: string | Buffer): Promise<void> {
    if (this.stream.destroyed) throw new CallerDisconnectedError();
    if (this.stream.write(chunk)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onClose = () => reject(new CallerDisconnectedError());
    this.stream.once("drain", resolve);
    this.stream.once("close", onClose);
    await promise.finally(() => {
      this.stream.off("drain", resolve);
      this.stream.off("close", onClose);
    });
  }

  respondJson(body: unknown, status: number = constants.HTTP_STATUS_OK): void {
    if (this.stream.destroyed || this.stream.headersSent) return;
    const bytes = Buffer.from(JSON.stringify(body));
    this.stream.respond({ ":status": status, "content-type": "application/json", "content-length": bytes.length });
    this.stream.end(bytes, () => this.#stopReceiving());
  }

  /** Ends a response that was written in parts. */
  finish(): void {
    if (!this.stream.destroyed) this.stream.end(() => this.#stopReceiving());
  }

  respondEmpty(status: number, headers: OutgoingHttpHeaders = {}): void {
    if (this.stream.destroyed || this.stream.headersSent) return;
    this.stream.respond({ ":status": status, ...headers }, { endStream: true });
    this.#stopReceiving();
  }

  /** Ends the request when the response came first; otherwise the caller would wait for flow control to send the rest. */
  #stopReceiving(): void {
    if (!this.stream.readableEnded && !this.stream.destroyed) this.stream.close(constants.NGHTTP2_NO_ERROR);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
