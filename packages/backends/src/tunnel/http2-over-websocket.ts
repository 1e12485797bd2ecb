import { type ClientHttp2Session, connect } from "node:http2";
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket } from "ws";

const MiB = 1024 * 1024;

/** Measured on loopback: smaller buffers and frames lose up to a third of the throughput, larger ones win nothing. */
export const TUNNEL_BUFFER_BYTES = MiB;
export const TUNNEL_FRAME_BYTES = MiB;
const STREAM_WINDOW_BYTES = 16 * MiB;
const SESSION_WINDOW_BYTES = 64 * MiB;

/** Options of the WebSocket server. Deflate would cost more CPU than the wire it saves. */
export const TUNNEL_SOCKET_OPTIONS = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  /** Above anything HTTP/2 frames here can add up to in one message. */
  maxPayload: 64 * MiB,
} as const;

/**
 * Makes the API's HTTP/2 client out of an accepted WebSocket. Must be called in the same tick the socket was accepted:
 * the daemon's first frames are lost otherwise.
 */
export function connectOverWebSocket(socket: WebSocket): ClientHttp2Session {
  const stream = createWebSocketStream(socket, {
    readableHighWaterMark: TUNNEL_BUFFER_BYTES,
    writableHighWaterMark: TUNNEL_BUFFER_BYTES,
  });
  const session = connect("http://daemon", {
    createConnection: (): Duplex => stream,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxFrameSize: TUNNEL_FRAME_BYTES },
    // In megabytes. The default of 10 refuses new calls while a few large transfers are queued.
    maxSessionMemory: 256,
  });
  session.once("connect", () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
  return session;
}
