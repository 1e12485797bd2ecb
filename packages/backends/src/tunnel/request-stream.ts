import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Readable } from "node:stream";
import {
  connectionLost,
  type DaemonCall,
  type DaemonResponse,
  type DaemonResponseHeaders,
  misbehaved,
  RESPONSE_HEADERS,
  tooSlow,
} from "./daemon-call.ts";
import { ResponseBody } from "./response-body.ts";

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

export interface RequestLimits {
  /**
   * The deadline for the headers alone, or for the whole response. It starts once the request has been sent, unless it
   * is duplex.
   */
  deadlineMs: number;
  covers: "headers" | "response";
  isDuplex: boolean;
  /** How long the body may pause while it is read; null for no limit. */
  idleMs: number | null;
  /** How long the daemon may leave the request body unread. */
  stalledMs: number;
  /** Called with the number of body bytes as they arrive. */
  received(bytes: number): void;
}

/** Sends the body, waits for the headers, and supports cancellation until the body of the response has ended. */
export function requestStream(
  stream: ClientHttp2Stream,
  call: DaemonCall,
  limits: RequestLimits,
): Promise<DaemonResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<DaemonResponse>();
  let body: ResponseBody | undefined;
  const giveUp = (error: Error) => {
    reject(error);
    body?.destroy(error);
    reset(stream);
  };
  const cancel = () => {
    const reason: unknown = call.signal?.reason;
    giveUp(reason instanceof Error ? reason : new Error(String(reason)));
  };
  call.signal?.addEventListener("abort", cancel, { once: true });

  let deadline: NodeJS.Timeout | undefined;
  const startDeadline = () => {
    deadline ??= setTimeout(() => giveUp(tooSlow(call)), limits.deadlineMs).unref();
  };
  const isStreamed = call.body !== undefined && !Buffer.isBuffer(call.body);
  if (!isStreamed || limits.isDuplex) startDeadline();
  else stream.once("finish", startDeadline);

  stream.once("response", (raw: ResponseHeaders) => {
    if (limits.covers === "headers") clearTimeout(deadline);
    else startDeadline();
    const status = raw[":status"] ?? 0;
    const headers = checkedHeaders(raw);
    if (headers === null || status < 200 || status > 599) return giveUp(misbehaved("its headers are invalid."));
    body = new ResponseBody(stream, {
      lengthBytes: promisedLength(call, status, headers),
      idleMs: limits.idleMs,
      tooSlow: () => tooSlow(call),
      received: limits.received,
    });
    // The caller may need only the headers. Readers of the body still get the error.
    body.on("error", () => {});
    resolve({ status, headers, body });
  });
  stream.on("error", (error) => reject(connectionLost(error)));
  stream.once("close", () => {
    clearTimeout(deadline);
    call.signal?.removeEventListener("abort", cancel);
    reject(connectionLost());
  });

  if (isStreamed && !limits.isDuplex)
    endWhenStalled(stream, call.body as Readable, limits, () => giveUp(tooSlow(call)));
  sendBody(stream, call.body, reject);
  return promise;
}

/** A response to HEAD, and a 304, declare the length of bytes that they do not carry. */
function promisedLength({ method }: DaemonCall, status: number, headers: DaemonResponseHeaders): number | null {
  const length = headers["content-length"];
  return length === undefined || method === "HEAD" || status === 304 ? null : Number(length);
}

/** @returns null when one of them is malformed. */
function checkedHeaders(raw: ResponseHeaders): DaemonResponseHeaders | null {
  const checked: DaemonResponseHeaders = {};
  for (const [name, pattern] of Object.entries(RESPONSE_HEADERS) as [keyof DaemonResponseHeaders, RegExp][]) {
    const value = raw[name];
    if (value === undefined) continue;
    if (typeof value !== "string" || !pattern.test(value)) return null;
    checked[name] = value;
  }
  return checked;
}

/** Ends a request whose daemon stopped reading: `pipe` then pauses the source. */
function endWhenStalled(
  stream: ClientHttp2Stream,
  body: Readable,
  { stalledMs }: RequestLimits,
  end: () => void,
): void {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  const start = () => {
    stop();
    timer = setTimeout(end, stalledMs).unref();
  };
  body.on("pause", start).on("resume", stop);
  stream.once("close", () => {
    stop();
    body.off("pause", start).off("resume", stop);
  });
}

function sendBody(
  stream: ClientHttp2Stream,
  body: Readable | Buffer | undefined,
  reject: (error: unknown) => void,
): void {
  if (body === undefined) return;
  if (Buffer.isBuffer(body)) {
    stream.end(body);
    return;
  }
  // Not `pipeline`: when the daemon responds early it would destroy the source, and with it the caller's connection.
  const abandon = (error?: unknown) => {
    if (body.readableEnded || stream.closed) return;
    reject(error ?? new Error("The request body ended before it was complete."));
    reset(stream);
  };
  body.on("error", abandon);
  body.once("close", abandon);
  stream.once("close", () => {
    body.unpipe(stream);
    body.off("close", abandon);
  });
  body.pipe(stream);
}

/**
 * Not `close`, which ends the stream before it resets it: the daemon would mistake a partial body for a complete one.
 */
export function reset(stream: ClientHttp2Stream): void {
  stream.destroy(new Error("The call was cancelled."));
}
