import { createServer, type Http2Server } from "node:http2";
import type { Duplex } from "node:stream";
import type { DaemonContext } from "../context.ts";
import { handleStream } from "./handle-stream.ts";

const MiB = 1024 * 1024;
/**
 * How much of an upload may be under way. The daemon shares its instance's memory with the command, so it is less than the
 * API gives: as fast on one machine (measured), and still 80 MB/s over a line with a round trip of 50 ms.
 */
const STREAM_WINDOW_BYTES = 4 * MiB;
const SESSION_WINDOW_BYTES = 16 * MiB;

/** The HTTP/2 server that runs over whatever stream the tunnel gives it. It listens on nothing; its sessions end with their streams. */
export class DaemonServer {
  readonly #server: Http2Server;

  constructor(context: DaemonContext) {
    this.#server = createServer({
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, maxFrameSize: MiB },
      // In megabytes. The default of 10 refuses streams while a few large transfers are queued.
      maxSessionMemory: 256,
    });
    this.#server.on("session", (session) => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    // The API going away is everyday; `keepDialled` tells it.
    this.#server.on("sessionError", () => {});
    this.#server.on("stream", (stream, headers) => void handleStream(context, stream, headers));
  }

  serve(stream: Duplex): void {
    this.#server.emit("connection", stream);
  }
}
