import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createWebSocketStream, WebSocket } from "ws";

export interface ConnectionEvents {
  /** `stream` carries HTTP/2. `socket` is the underlying socket, for counting received bytes. */
  opened(stream: Duplex, socket: Socket): void;
  /** Called once, also when the connection was never established. */
  closed(why: string): void;
}

const MiB = 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Connects through networks and proxies with a WebSocket that carries HTTP/2. @returns a function that closes it. */
export function connectWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
  { opened, closed }: ConnectionEvents,
): () => void {
  const webSocket = new WebSocket(url, {
    headers,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: 64 * MiB,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    // Masking protects old proxies from bytes that a web page chose (RFC 6455, 10.3). No proxy reads inside TLS, and
    // downloads are twice as fast without it. A plain `ws:` connection keeps it.
    ...(url.startsWith("wss:") ? { generateMask: (mask: Buffer) => void mask.fill(0) } : {}),
  });
  // Created before `open`, because the API's first frames arrive in the same packet as its response.
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
