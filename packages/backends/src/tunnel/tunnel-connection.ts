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
 * A transfer with a slow reader keeps a whole window in the API's memory. On one host, 1 MiB is as fast as 16 MiB
 * (measured); 2 MiB allow 40 MB/s at a round trip of 50 ms.
 */
export const TUNNEL_WINDOWS: Windows = { streamBytes: 2 * MiB, sessionBytes: 64 * MiB };
/** Far more than a daemon sends. Responses that exceed it are reset. */
const HEADER_LIST_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 64;

const webSockets = new WebSocketServer({
  noServer: true,
  // Compression would cost more CPU than it saves in bandwidth.
  perMessageDeflate: false,
  skipUTF8Validation: true,
  /** More than the sum of the HTTP/2 frames in one message. */
  maxPayload: 64 * MiB,
});

/**
 * Accepts the daemon's upgrade and opens the API's HTTP/2 client over the connection. End a connection by destroying
 * its socket and never the session: over a WebSocket, Node's session throws when it sends GOAWAY during a write.
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

/** Must run in the tick that accepted the socket; otherwise the daemon's first frames are lost. */
function connectOverWebSocket(webSocket: WebSocket): ClientHttp2Session {
  webSocket.on("error", () => {});
  const options = { readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES };
  const stream = createWebSocketStream(webSocket, options);
  stream.on("error", () => {});
  // Otherwise the stream would wait for writes that can no longer finish.
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
    // In megabytes. The default of 10 rejects new calls while a few large transfers are queued.
    maxSessionMemory: 256,
  });
  session.once("connect", () => session.setLocalWindowSize(TUNNEL_WINDOWS.sessionBytes));
  return session;
}
