import type { Duplex } from "node:stream";
import { type DaemonBoot, TUNNEL_HEADERS } from "@berth/domain";
import { createWebSocketStream, WebSocket } from "ws";
import { RedialPace } from "./redial-pace.ts";

const MiB = 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The API pings every 10 s. Three missed ones and some: the other end is gone without a goodbye. */
const SILENCE_MS_MAX = 35_000;

export interface KeepDialledOptions {
  /** Serves HTTP/2 on the stream of a new connection. */
  serve(stream: Duplex): void;
  log(line: string): void;
}

/** Opens the tunnel, and opens it again whenever it ends, until closed. */
export function keepDialled(boot: DaemonBoot, { serve, log }: KeepDialledOptions): { close(): void } {
  const pace = new RedialPace();
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const dial = () => {
    socket = openSocket(boot);
    // Made before `open`: the API's first frames arrive in the same packet as its answer.
    const stream = createWebSocketStream(socket, { readableHighWaterMark: MiB, writableHighWaterMark: MiB });
    let opened = false;
    let why = "";
    socket.once("open", () => {
      opened = true;
      log(pace.attempts > 0 ? `Tunnel connected after ${pace.attempts + 1} attempts.` : "Tunnel connected.");
      pace.connected();
      serve(stream);
    });
    // Serving would attach its own; until then, and after, an error is told by the close that follows.
    stream.on("error", () => {});
    socket.on("error", (error) => {
      why = error.message;
    });
    endWhenSilent(socket);
    socket.once("close", () => {
      if (closed) return;
      if (opened) log("Tunnel lost. Dialling again.");
      else if (pace.attempts === 0)
        log(`Tunnel not connected yet: ${why || "the connection closed"}. Trying until it is.`);
      timer = setTimeout(dial, pace.nextDelayMs());
    });
  };

  dial();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.terminate();
    },
  };
}

function openSocket(boot: DaemonBoot): WebSocket {
  return new WebSocket(boot.tunnelUrl, {
    headers: { authorization: `Bearer ${boot.tunnelToken}`, [TUNNEL_HEADERS.incarnation]: boot.incarnationId },
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: 64 * MiB,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    // Masking guards old proxies against bytes a web page chose (RFC 6455, 10.3). No proxy reads a unix socket or TLS,
    // and without it a download is twice as fast. A plain `ws:` keeps it.
    ...(boot.tunnelUrl.startsWith("ws:") ? {} : { generateMask: (mask: Buffer) => void mask.fill(0) }),
  });
}

function endWhenSilent(socket: WebSocket): void {
  let heard = true;
  socket.on("message", () => {
    heard = true;
  });
  const timer = setInterval(() => {
    if (!heard) socket.terminate();
    heard = false;
  }, SILENCE_MS_MAX);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}
