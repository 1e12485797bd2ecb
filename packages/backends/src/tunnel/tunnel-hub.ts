import { EventEmitter, once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { DomainError, PROBLEM_STATUS, type Problem, TUNNEL_HEADERS, TUNNEL_PING } from "@berth/domain";
import { ConnectionLimit } from "./connection-limit.ts";
import { DaemonSession, type TunnelIdentity } from "./daemon-session.ts";
import { TrafficMeter } from "./traffic-meter.ts";
import { acceptTunnel, TUNNEL_WINDOWS } from "./tunnel-connection.ts";

export interface TunnelCredentials {
  incarnationId: string;
  token: string;
}

export interface TunnelHubOptions {
  /** Null refuses the daemon. A rejection returns 503, and the daemon retries. */
  authenticate(credentials: TunnelCredentials): Promise<TunnelIdentity | null>;
  /** Responds to a refused connection attempt and closes its socket. By default the response has no body. */
  refuse?: (socket: Duplex, problem: Problem) => void;
  /** How often a connection is checked. Two checks in a row without received bytes end it. */
  pingIntervalMs?: number;
  /** Shortens the deadlines for a daemon's responses, for tests. */
  deadlineScale?: ((incarnationId: string) => number) | undefined;
}

export interface TunnelHubEvents {
  connected: [session: DaemonSession];
  /** `replaced`: a newer connection of the same incarnation has taken its place. */
  disconnected: [session: DaemonSession, why: { replaced: boolean }];
}

const MISSED_PINGS_MAX = 2;
const FLOOD_CHECK_MS = 250;
/** Each connection causes database work and loop runs. A healthy daemon reconnects only once or twice. */
const CONNECTIONS_MAX = 10;
const CONNECTIONS_WITHIN_MS = 10_000;

/** Accepts the tunnels of daemons. Holds at most one session per incarnation. */
export class TunnelHub extends EventEmitter<TunnelHubEvents> {
  readonly #options: TunnelHubOptions;
  readonly #sessions = new Map<string, DaemonSession>();
  /** Sessions with a `connected` event and no `disconnected` event yet. A session that fails earlier emits neither. */
  readonly #announced = new Set<DaemonSession>();
  readonly #connectionLimit = new ConnectionLimit(CONNECTIONS_MAX, CONNECTIONS_WITHIN_MS);
  #closed = false;

  constructor(options: TunnelHubOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
  }

  /** Takes ownership of the socket of an upgrade request to `/tunnel`, even when it rejects the request. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A broken socket must not end the process; its `close` event follows.
    socket.on("error", () => {});
    if (this.#connectionLimit.isExhausted(String(request.headers[TUNNEL_HEADERS.incarnation]))) {
      this.#refuse(socket, tooManyConnections());
      return;
    }
    this.#authenticate(request).then(
      (accepted) => {
        if (socket.destroyed) return;
        if (accepted === null) return this.#refuse(socket, badToken());
        if (this.#closed) return this.#refuse(socket, tokenUnverifiable());
        this.#connectionLimit.count(accepted.incarnationId);
        acceptTunnel(request, socket, head, (http2) => this.#welcome(http2, request.socket, accepted));
      },
      () => this.#refuse(socket, tokenUnverifiable()),
    );
  }

  #refuse(socket: Duplex, { problem }: DomainError): void {
    (this.#options.refuse ?? rejectBare)(socket, problem);
  }

  session(incarnationId: string): DaemonSession | undefined {
    return this.#sessions.get(incarnationId);
  }

  sessions(): DaemonSession[] {
    return [...this.#sessions.values()];
  }

  /** Resolves with the incarnation's session, at once or when it connects. Rejects with the signal's reason. */
  waitFor(incarnationId: string, { signal }: { signal: AbortSignal }): Promise<DaemonSession> {
    const { promise, resolve, reject } = Promise.withResolvers<DaemonSession>();
    const arrived = this.#sessions.get(incarnationId);
    if (arrived) return Promise.resolve(arrived);
    const onConnected = (session: DaemonSession) => {
      if (session.incarnationId === incarnationId) resolve(session);
    };
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    this.on("connected", onConnected);
    signal.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => {
      this.off("connected", onConnected);
      signal.removeEventListener("abort", onAbort);
    });
  }

  /** Ends every session and accepts no more. Instances keep running and connect to the next process. */
  async close(): Promise<void> {
    this.#closed = true;
    const gone = this.sessions().map((session) => this.#whenGone(session));
    for (const session of this.sessions()) session.end();
    await Promise.all(gone);
  }

  #whenGone(session: DaemonSession): Promise<void> {
    return new Promise((resolve) => {
      const onDisconnected = (other: DaemonSession) => {
        if (other !== session) return;
        this.off("disconnected", onDisconnected);
        resolve();
      };
      this.on("disconnected", onDisconnected);
    });
  }

  async #authenticate(request: IncomingMessage): Promise<(TunnelIdentity & { incarnationId: string }) | null> {
    const incarnationId = request.headers[TUNNEL_HEADERS.incarnation];
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (typeof incarnationId !== "string" || token === undefined) return null;
    if (this.#closed) throw new DomainError("backend_unavailable", "This server is shutting down.");
    const identity = await this.#options.authenticate({ incarnationId, token });
    return identity && { ...identity, incarnationId };
  }

  #welcome(http2: ClientHttp2Session, socket: Socket, accepted: TunnelIdentity & { incarnationId: string }): void {
    http2.on("error", () => {});
    const meter = new TrafficMeter(TUNNEL_WINDOWS);
    const deadlineScale = this.#options.deadlineScale?.(accepted.incarnationId) ?? 1;
    const connection = { http2, socket, meter, deadlineScale };
    const session = new DaemonSession(accepted.incarnationId, accepted, connection);
    endWhenFlooded(meter, socket);
    this.#register(session, socket, http2).catch(() => socket.destroy());
  }

  /** Emits `connected` only after a first round trip, so that waiting callers can use the session. */
  async #register(session: DaemonSession, socket: Socket, http2: ClientHttp2Session): Promise<void> {
    const stopWatching = this.#endWhenSilent(session, socket);
    // The server that took the upgrade keeps half-closed sockets open, but a disconnected daemon must be noticed at
    // once.
    socket.once("end", () => socket.destroy());
    http2.once("close", () => {
      stopWatching();
      // Nothing more can be sent, and a WebSocket would wait for the peer's close frame.
      socket.destroy();
      this.#forget(session);
    });
    if (http2.connecting) await once(http2, "connect");
    await session.ping();
    if (this.#closed || session.closed) return session.end();
    const older = this.#sessions.get(session.incarnationId);
    this.#sessions.set(session.incarnationId, session);
    this.#announced.add(session);
    older?.end();
    this.emit("connected", session);
  }

  #forget(session: DaemonSession): void {
    const replaced = this.#sessions.get(session.incarnationId) !== session;
    if (!replaced) this.#sessions.delete(session.incarnationId);
    if (this.#announced.delete(session)) this.emit("disconnected", session, { replaced });
  }

  /**
   * Any received byte counts as a sign of life, because a pong may be delayed behind a large transfer on a slow line.
   */
  #endWhenSilent(session: DaemonSession, socket: Socket): () => void {
    let receivedBytes = socket.bytesRead;
    let missed = 0;
    const timer = setInterval(() => {
      missed = socket.bytesRead === receivedBytes ? missed + 1 : 0;
      receivedBytes = socket.bytesRead;
      if (missed >= MISSED_PINGS_MAX) {
        socket.destroy();
        return;
      }
      session.ping().catch(() => {});
    }, this.#options.pingIntervalMs ?? TUNNEL_PING.intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  }
}

function endWhenFlooded(meter: TrafficMeter, socket: Socket): void {
  const timer = setInterval(() => {
    if (meter.isFlooded(socket.bytesRead)) socket.destroy();
  }, FLOOD_CHECK_MS);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}

const badToken = (): DomainError =>
  new DomainError(
    "unauthenticated",
    "Daemons connect here with their machine's token. This one is missing or invalid.",
  );
const tokenUnverifiable = (): DomainError =>
  new DomainError("backend_unavailable", "Berth cannot check the token now. Try again in a moment.");
const tooManyConnections = (): DomainError =>
  new DomainError("too_many_requests", "This daemon has connected too often. Try again in a moment.");

function rejectBare(socket: Duplex, { code }: Problem): void {
  const head = `HTTP/1.1 ${PROBLEM_STATUS[code]} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
  socket.end(head, () => socket.destroy());
}
