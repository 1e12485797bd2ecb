import { createServer, type Http2Server } from "node:http2";
import type { Duplex } from "node:stream";
import type { DaemonContext } from "../context.ts";
import { handleStream } from "./handle-stream.ts";

const MiB = 1024 * 1024;
/**
 * Bytes of an upload in flight. The daemon shares memory with the command, so the window is smaller than the API's.
 * Measured: as fast on one host, and still 80 MB/s with a round trip of 50 ms.
 */
const STREAM_WINDOW_BYTES = 4 * MiB;
const SESSION_WINDOW_BYTES = 16 * MiB;

/** The HTTP/2 server on the streams of the tunnel. It has no listening socket; its sessions end with their streams. */
export class DaemonServer {
  readonly #server: Http2Server;

  constructor(context: DaemonContext) {
    this.#server = createServer({
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, maxFrameSize: MiB },
      // In megabytes. The default of 10 rejects streams while a few large transfers are queued.
      maxSessionMemory: 256,
    });
    this.#server.on("session", (session) => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    // A lost connection to the API is routine; `keepConnected` logs it.
    this.#server.on("sessionError", () => {});
    this.#server.on("stream", (stream, headers) => void handleStream(context, stream, headers));
  }

  serve(stream: Duplex): void {
    this.#server.emit("connection", stream);
  }
}
