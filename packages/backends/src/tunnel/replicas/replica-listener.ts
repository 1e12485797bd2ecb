import type { IncomingMessage } from "node:http";
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { DomainError, PROBLEM_STATUS } from "@berth/domain";
import { TUNNEL_FRAME_BYTES, TUNNEL_WINDOWS } from "../tunnel-connection.ts";
import type { TunnelHub } from "../tunnel-hub.ts";
import { forwardStream } from "./forward.ts";
import { acceptReplica, INCARNATION_HEADER } from "./handshake.ts";

export interface ReplicaListenerOptions {
  replicaId: string;
  /** The secret of the installation. */
  secret: string;
  tunnel: TunnelHub;
  /** Runs queries from other replicas about this process. Null for an unknown query. */
  runQuery(query: string, input: unknown): Promise<unknown>;
  /** Receives the reason for each response with status 500. */
  log(record: { msg: string; query: string; error: string }): void;
}

const QUERY_BYTES_MAX = 64 * 1024;

/** The time limit for the proof, after the response to the upgrade. */
const PROOF_MS_MAX = 3_000;

/** Accepts connections of other replicas, which reach the daemons whose tunnels end here. */
export class ReplicaListener {
  readonly #options: ReplicaListenerOptions;
  readonly #server: Http2Server;
  readonly #sockets = new Set<Duplex>();

  constructor(options: ReplicaListenerOptions) {
    this.#options = options;
    this.#server = createServer({
      settings: { initialWindowSize: TUNNEL_WINDOWS.streamBytes, maxFrameSize: TUNNEL_FRAME_BYTES },
      // In megabytes. The default of 10 rejects streams while a few large transfers are queued.
      maxSessionMemory: 256,
    });
    this.#server.on("session", (session) => session.setLocalWindowSize(TUNNEL_WINDOWS.sessionBytes));
    this.#server.on("sessionError", () => {});
    this.#server.on("stream", (stream, headers) => this.#serve(stream, headers));
  }

  /** Takes ownership of an upgrade request's socket, even when it rejects the request. */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => {});
    if (head.length > 0) socket.unshift(head);
    this.#sockets.add(socket);
    socket.once("end", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
    const { replicaId, secret } = this.#options;
    const signal = AbortSignal.timeout(PROOF_MS_MAX);
    const isKnown = await acceptReplica({ secret, replicaId, signal }, request.headers, socket);
    if (isKnown) this.#server.emit("connection", socket);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on("error", () => {});
    const incarnationId = headers[INCARNATION_HEADER];
    if (typeof incarnationId !== "string") return void this.#runQuery(stream, headers[":path"] ?? "");
    const session = this.#options.tunnel.session(incarnationId);
    if (session && !session.closed) {
      forwardStream(stream, headers, session);
    } else respond(stream, PROBLEM_STATUS.workspace_not_running, { problem: moved() });
  }

  async #runQuery(stream: ServerHttp2Stream, query: string): Promise<void> {
    try {
      const result = await this.#options.runQuery(query, JSON.parse(await readQuery(stream)));
      respond(stream, 200, { answer: result });
    } catch (error) {
      const { problem } = error instanceof DomainError ? error : unexpected();
      if (problem.code === "internal") {
        const { log } = this.#options;
        log({ msg: "a replica query failed", query, error: String(error) });
      }
      respond(stream, PROBLEM_STATUS[problem.code], { problem });
    }
  }
}

async function readQuery(stream: ServerHttp2Stream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > QUERY_BYTES_MAX) throw unexpected();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function respond(stream: ServerHttp2Stream, status: number, body: object): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const bytes = Buffer.from(JSON.stringify(body));
  stream.respond({ ":status": status, "content-type": "application/json", "content-length": bytes.length });
  stream.end(bytes);
}

const moved = () =>
  new DomainError("workspace_not_running", "The workspace's daemon has just moved. Try again in a moment.", {
    retryable: true,
  }).problem;

const unexpected = (): DomainError => new DomainError("internal", "Another replica could not respond.");
