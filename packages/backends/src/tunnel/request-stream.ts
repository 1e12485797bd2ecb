import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import type { Readable } from "node:stream";
import { AnswerBody } from "./answer-body.ts";
import { connectionLost, type DaemonAnswer, type DaemonCall } from "./daemon-call.ts";

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** Sends the body, waits for the headers, and keeps the cancellation alive until the answer's body has ended. */
export function requestStream(stream: ClientHttp2Stream, call: DaemonCall): Promise<DaemonAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DaemonAnswer>();
  let body: AnswerBody | undefined;
  const cancel = () => {
    reject(call.signal?.reason);
    body?.destroy(call.signal?.reason);
    stream.close(constants.NGHTTP2_CANCEL);
  };
  call.signal?.addEventListener("abort", cancel, { once: true });

  stream.once("response", (headers: ResponseHeaders) => {
    body = new AnswerBody(stream);
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
    stream.close(constants.NGHTTP2_CANCEL);
  };
  body.on("error", abandon);
  body.once("close", abandon);
  stream.once("close", () => {
    body.unpipe(stream);
    body.off("close", abandon);
  });
  body.pipe(stream);
}

function withoutPseudoHeaders(headers: ResponseHeaders): IncomingHttpHeaders {
  const plain: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) plain[name] = value as string;
  }
  return plain;
}
