import type { IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import type { Duplex } from "node:stream";
import { TUNNEL_UPGRADES } from "@berth/domain";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import type { Windows } from "./traffic-meter.ts";

const MiB = 1024 * 1024;

const BUFFER_BYTES = MiB;
export const TUNNEL_FRAME_BYTES = MiB;
/**
 * Every transfer whose caller reads slowly holds a whole window in the API's memory. On one machine 1 MiB is as fast as
 * 16 MiB (measured); 2 MiB are 40 MB/s over a line with a round trip of 50 ms.
 */
export const TUNNEL_WINDOWS: Windows = { streamBytes: 2 * MiB, sessionBytes: 64 * MiB };
/** Far above what a daemon sends. Answers with more are reset. */
const HEADER_LIST_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 64;

const webSockets = new WebSocketServer({
  noServer: true,
  // It would cost more CPU than the wire it saves.
  perMessageDeflate: false,
  skipUTF8Validation: true,
  /** Above anything HTTP/2 frames here add up to in one message. */
  maxPayload: 64 * MiB,
});

/**
 * Accepts the upgrade the daemon asked for and makes the API's HTTP/2 client of the connection. A connection is ended by
 * destroying its socket, never the session: over a WebSocket Node's session may not say goodbye while it writes (it throws).
 */
export function acceptTunnel(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  connected: (session: ClientHttp2Session) => void,
): void {
  if (request.headers.upgrade?.toLowerCase() !== TUNNEL_UPGRADES.bare) {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => connected(connectOverWebSocket(webSocket)));
    return;
  }
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${TUNNEL_UPGRADES.bare}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  connected(openSession(socket));
}

/** Must run in the tick the socket was accepted in: the daemon's first frames are lost otherwise. */
function connectOverWebSocket(webSocket: WebSocket): ClientHttp2Session {
  webSocket.on("error", () => {});
  const options = { readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES };
  const stream = createWebSocketStream(webSocket, options);
  stream.on("error", () => {});
  // Left to itself the stream would wait for what can no longer be written.
  webSocket.once("close", () => stream.destroy());
  return openSession(stream);
}

export function openSession(stream: Duplex): ClientHttp2Session {
  const session = connect("http://daemon", {
    createConnection: () => stream,
    settings: {
      enablePush: false,
      initialWindowSize: TUNNEL_WINDOWS.streamBytes,
      maxFrameSize: TUNNEL_FRAME_BYTES,
      maxHeaderListSize: HEADER_LIST_BYTES_MAX,
    },
    maxHeaderListPairs: HEADERS_MAX,
    maxReservedRemoteStreams: 0,
    // In megabytes. The default of 10 refuses new calls while a few large transfers are queued.
    maxSessionMemory: 256,
  });
  session.once("connect", () => session.setLocalWindowSize(TUNNEL_WINDOWS.sessionBytes));
  return session;
}
