import type { Socket } from "node:net";
import { createWebSocketStream, WebSocket } from "ws";
import type { DialEvents } from "./dial-events.ts";

const MiB = 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Dials through networks and proxies: a WebSocket that carries HTTP/2. Answers how to give it up. */
export function openWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
  { opened, closed }: DialEvents,
): () => void {
  const webSocket = new WebSocket(url, {
    headers,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: 64 * MiB,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    // Masking guards old proxies against bytes a web page chose (RFC 6455, 10.3). No proxy reads inside TLS, and without it a
    // download is twice as fast. A plain `ws:` keeps it.
    ...(url.startsWith("wss:") ? { generateMask: (mask: Buffer) => void mask.fill(0) } : {}),
  });
  // Made before `open`: the API's first frames arrive in the same packet as its answer.
  const stream = createWebSocketStream(webSocket, { readableHighWaterMark: MiB, writableHighWaterMark: MiB });
  stream.on("error", () => {});
  let socket: Socket | undefined;
  let why = "the connection closed";
  webSocket.once("upgrade", (response) => {
    socket = response.socket;
  });
  webSocket.once("open", () => {
    if (socket) opened(stream, socket);
  });
  webSocket.on("error", (error) => {
    why = error.message;
  });
  webSocket.once("close", () => {
    stream.destroy();
    closed(why);
  });
  return () => webSocket.terminate();
}
