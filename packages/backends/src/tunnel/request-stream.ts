import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Readable } from "node:stream";
import { AnswerBody } from "./answer-body.ts";
import { connectionLost, type DaemonAnswer, type DaemonCall } from "./daemon-call.ts";

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** Sends the body, waits for the headers, and keeps the cancellation alive until the answer's body has ended. */
export function requestStream(stream: ClientHttp2Stream, call: DaemonCall): Promise<DaemonAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DaemonAnswer>();
  let body: AnswerBody | undefined;
  const cancel = () => {
    const reason: unknown = call.signal?.reason;
    reject(reason);
    body?.destroy(reason instanceof Error ? reason : new Error(String(reason)));
    reset(stream);
  };
  call.signal?.addEventListener("abort", cancel, { once: true });

  stream.once("response", (headers: ResponseHeaders) => {
    body = new AnswerBody(stream, promisedLength(call, headers));
    // A caller may only want the headers; the error is for whoever reads.
    body.on("error", () => {});
    resolve({ status: headers[":status"] ?? 500, headers: withoutPseudoHeaders(headers), body });
  });
  stream.on("error", (error) => reject(connectionLost(error)));
  stream.once("close", () => {
    call.signal?.removeEventListener("abort", cancel);
    reject(connectionLost());
  });

  sendBody(stream, call.body, reject);
  return promise;
}

/** The answer to HEAD, and 304, tell the length of bytes they do not carry. */
function promisedLength({ method }: DaemonCall, headers: ResponseHeaders): number | null {
  const { "content-length": length, ":status": status } = headers;
  return length === undefined || method === "HEAD" || status === 304 ? null : Number(length);
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
  // Not `pipeline`: it would destroy the source when the daemon answers early, and with it the caller's connection.
  const abandon = (error?: unknown) => {
    if (body.readableEnded || stream.closed) return;
    reject(error ?? new Error("The request body ended before it was whole."));
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

/** Not `close`: it ends the stream before it resets it, and the daemon would take half a body for a whole one. */
export function reset(stream: ClientHttp2Stream): void {
  stream.destroy(new Error("The call was given up."));
}

function withoutPseudoHeaders(headers: ResponseHeaders): IncomingHttpHeaders {
  const plain: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) plain[name] = value as string;
  }
  return plain;
}
