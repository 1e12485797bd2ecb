import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type DaemonBoot, TUNNEL_PING } from "@berth/domain";
import { connect, tunnelUrls } from "./connect.ts";
import { ReconnectBackoff } from "./reconnect-backoff.ts";

export interface KeepConnectedOptions {
  /** Serves HTTP/2 on the stream of a new connection. */
  serve(stream: Duplex): void;
  log(line: string): void;
}

/** Keeps the tunnel connected: reconnects whenever it ends, until closed. */
export function keepConnected(boot: DaemonBoot, { serve, log }: KeepConnectedOptions): { close(): void } {
  const backoff = new ReconnectBackoff();
  let disconnect = () => {};
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const start = async () => {
    const urls = await tunnelUrls(boot);
    if (closed) return;
    // Try its own API process first, which may only have been restarted; then the others in turn.
    const url = urls[Math.max(0, backoff.attempts - 1) % urls.length] ?? boot.tunnelUrl;
    let connected = false;
    disconnect = connect(url, boot, {
      opened(stream, socket) {
        connected = true;
        log(backoff.attempts > 0 ? `Tunnel connected after ${backoff.attempts + 1} attempts.` : "Tunnel connected.");
        backoff.connected();
        endWhenSilent(socket);
        serve(stream);
      },
      closed(why) {
        if (closed) return;
        if (connected) log("Tunnel lost. Reconnecting.");
        else if (backoff.attempts === 0) log(`Tunnel not connected yet: ${why}. Retrying.`);
        timer = setTimeout(() => void start(), backoff.nextDelayMs());
      },
    });
  };

  void start();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      disconnect();
    },
  };
}

function endWhenSilent(socket: Socket): void {
  let bytesBefore = socket.bytesRead;
  const timer = setInterval(() => {
    if (socket.bytesRead === bytesBefore) socket.destroy();
    bytesBefore = socket.bytesRead;
  }, TUNNEL_PING.silenceMsMax);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}
