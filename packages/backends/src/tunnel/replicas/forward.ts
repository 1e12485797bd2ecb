import {
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { DaemonSession } from "../daemon-session.ts";
import { INCARNATION_HEADER } from "./handshake.ts";

const { NGHTTP2_NO_ERROR, NGHTTP2_FLAG_END_STREAM } = constants;

/** Not allowed in HTTP/2. A daemon that sends one must not end the connection between replicas. */
const NOT_FORWARDED = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
];

/**
 * Connects a stream of another replica to a stream of the daemon. Headers and bytes flow both ways, each at the pace of
 * the receiver. A stream that breaks on one side is reset on the other, so that a partial body is never
 * mistaken for a complete one.
 */
export function forwardStream(caller: ServerHttp2Stream, headers: IncomingHttpHeaders, session: DaemonSession): void {
  const { [INCARNATION_HEADER]: _, ":scheme": _scheme, ":authority": _authority, ...forwarded } = headers;
  const { stream: daemon, received } = session.forward(forwarded, caller.endAfterHeaders);

  caller.pipe(daemon, { end: false });
  caller.once("end", () => {
    if (!caller.aborted && caller.rstCode === NGHTTP2_NO_ERROR && daemon.writable) daemon.end();
  });
  caller.once("close", () => {
    // Also runs after a complete response, when there is nothing left to abort.
    if (!daemon.closed) daemon.destroy(new Error("The caller disconnected."));
  });
  caller.on("error", () => {});

  daemon.once("response", (response: IncomingHttpHeaders & IncomingHttpStatusHeader, flags: number) => {
    if (caller.destroyed || caller.closed) return;
    try {
      const endStream = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
      caller.respond(responseHeaders(response), { endStream });
      daemon.on("data", (chunk: Buffer) => received(chunk.length));
      if (!endStream) daemon.pipe(caller, { end: false });
    } catch {
      reset(caller);
    }
  });
  daemon.once("end", () => {
    const isWhole = !daemon.aborted && daemon.rstCode === NGHTTP2_NO_ERROR && caller.headersSent;
    if (!isWhole) return reset(caller);
    // A response before the end of the request ends the request too, like with the daemon itself.
    finish(caller);
  });
  daemon.on("error", () => reset(caller));
  daemon.once("close", () => {
    if (daemon.rstCode !== NGHTTP2_NO_ERROR || !caller.headersSent) reset(caller);
  });
}

function finish(caller: ServerHttp2Stream): void {
  const stopReceiving = () => {
    if (!caller.readableEnded && !caller.destroyed) caller.close(NGHTTP2_NO_ERROR);
  };
  if (caller.writableEnded) stopReceiving();
  else caller.end(stopReceiving);
}

/**
 * Not `close`, which ends the stream before it resets it: the caller would mistake a partial response for a complete
 * one.
 */
function reset(stream: ServerHttp2Stream): void {
  if (!stream.closed) stream.destroy(new Error("The response was interrupted."));
}

function responseHeaders(response: IncomingHttpHeaders & IncomingHttpStatusHeader): OutgoingHttpHeaders {
  const entries = Object.entries(response).filter(
    ([name]) => (name === ":status" || !name.startsWith(":")) && !NOT_FORWARDED.includes(name),
  );
  return Object.fromEntries(entries);
}
