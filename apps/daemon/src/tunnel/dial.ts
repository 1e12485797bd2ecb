import { request } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type DaemonBoot, TUNNEL_HEADERS, TUNNEL_UPGRADES } from "@berth/domain";
import { createWebSocketStream, WebSocket } from "ws";

const MiB = 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface DialEvents {
  /** `stream` carries HTTP/2. `socket` is what it comes over, for counting what arrives. */
  opened(stream: Duplex, socket: Socket): void;
  /** Called once, also when the connection never came to be. */
  closed(why: string): void;
}

/** One attempt to reach the API. Answers how to give it up. */
export function dial(boot: DaemonBoot, events: DialEvents): () => void {
  return boot.tunnelUrl.startsWith(UNIX) ? dialUnixSocket(boot, events) : dialWebSocket(boot, events);
}

const UNIX = "ws+unix:";

const credentials = (boot: DaemonBoot) => ({
  authorization: `Bearer ${boot.tunnelToken}`,
  [TUNNEL_HEADERS.incarnation]: boot.incarnationId,
});

/** `ws+unix:<socket path>:<request path>`. */
function parseUnixUrl(url: string): { socketPath: string; path: string } {
  const both = url.slice(UNIX.length);
  const at = both.lastIndexOf(":/");
  return at < 0 ? { socketPath: both, path: "/" } : { socketPath: both.slice(0, at), path: both.slice(at + 1) };
}

function dialUnixSocket(boot: DaemonBoot, { opened, closed }: DialEvents): () => void {
  const headers = { ...credentials(boot), connection: "Upgrade", upgrade: TUNNEL_UPGRADES.bare };
  // No agent: it would keep the socket in a pool.
  const dialling = request({ ...parseUnixUrl(boot.tunnelUrl), headers, agent: false, timeout: HANDSHAKE_TIMEOUT_MS });
  let upgraded: Socket | undefined;
  let why = "the connection closed";
  dialling.once("upgrade", (_response, socket: Socket, head) => {
    upgraded = socket;
    socket.setTimeout(0);
    if (head.length > 0) socket.unshift(head);
    socket.on("error", () => {});
    socket.once("close", () => closed("the connection closed"));
    opened(socket, socket);
  });
  dialling.once("response", (response) => {
    why = `it answered ${response.statusCode}`;
    dialling.destroy();
  });
  dialling.once("timeout", () => dialling.destroy(new Error("no answer in time")));
  dialling.on("error", (error) => {
    why = error.message;
  });
  dialling.once("close", () => {
    if (upgraded === undefined) closed(why);
  });
  dialling.end();
  return () => (upgraded ?? dialling).destroy();
}

function dialWebSocket(boot: DaemonBoot, { opened, closed }: DialEvents): () => void {
  const webSocket = new WebSocket(boot.tunnelUrl, {
    headers: credentials(boot),
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: 64 * MiB,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    // Masking guards old proxies against bytes a web page chose (RFC 6455, 10.3). No proxy reads inside TLS, and without it a
    // download is twice as fast. A plain `ws:` keeps it.
    ...(boot.tunnelUrl.startsWith("wss:") ? { generateMask: (mask: Buffer) => void mask.fill(0) } : {}),
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
