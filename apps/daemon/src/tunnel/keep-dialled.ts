import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { DaemonBoot } from "@berth/domain";
import { dial, tunnelUrls } from "./dial.ts";
import { RedialPace } from "./redial-pace.ts";

/** The API pings every 10 s. More than three missed pings mean that the other end is gone. */
const SILENCE_MS_MAX = 35_000;

export interface KeepDialledOptions {
  /** Serves HTTP/2 on the stream of a new connection. */
  serve(stream: Duplex): void;
  log(line: string): void;
}

/** Keeps the tunnel connected: reconnects whenever it ends, until closed. */
export function keepDialled(boot: DaemonBoot, { serve, log }: KeepDialledOptions): { close(): void } {
  const pace = new RedialPace();
  let hangUp = () => {};
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const start = async () => {
    const urls = await tunnelUrls(boot);
    if (closed) return;
    // Try its own API process first, which may only have been restarted; then the others in turn.
    const url = urls[Math.max(0, pace.attempts - 1) % urls.length] ?? boot.tunnelUrl;
    let connected = false;
    hangUp = dial(url, boot, {
      opened(stream, socket) {
        connected = true;
        log(pace.attempts > 0 ? `Tunnel connected after ${pace.attempts + 1} attempts.` : "Tunnel connected.");
        pace.connected();
        endWhenSilent(socket);
        serve(stream);
      },
      closed(why) {
        if (closed) return;
        if (connected) log("Tunnel lost. Reconnecting.");
        else if (pace.attempts === 0) log(`Tunnel not connected yet: ${why}. Trying until it is.`);
        timer = setTimeout(() => void start(), pace.nextDelayMs());
      },
    });
  };

  void start();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      hangUp();
    },
  };
}

function endWhenSilent(socket: Socket): void {
  let heard = socket.bytesRead;
  const timer = setInterval(() => {
    if (socket.bytesRead === heard) socket.destroy();
    heard = socket.bytesRead;
  }, SILENCE_MS_MAX);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}
