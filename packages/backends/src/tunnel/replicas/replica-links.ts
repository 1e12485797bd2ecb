import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { DomainError, isProblem } from "@berth/domain";
import { DaemonSession, type TunnelIdentity } from "../daemon-session.ts";
import { TrafficMeter } from "../traffic-meter.ts";
import { openSession, TUNNEL_WINDOWS } from "../tunnel-connection.ts";
import { connectReplica, INCARNATION_HEADER, REPLICA_PATH } from "./handshake.ts";

export interface ReplicaAddress {
  id: string;
  url: string;
}

interface Link {
  http2: ClientHttp2Session;
  socket: Socket;
}

const CONNECT_MS_MAX = 3_000;
const PING_INTERVAL_MS = 2_000;
const MISSED_PINGS_MAX = 3;

/**
 * The connections of this process to other replicas: one per replica, opened on demand and reopened after it has ended.
 */
export class ReplicaLinks {
  readonly #self: { replicaId: string; secret: string };
  readonly #links = new Map<string, Promise<Link>>();
  #closed = false;

  constructor(self: { replicaId: string; secret: string }) {
    this.#self = self;
  }

  /**
   * The session of a daemon whose tunnel ends at another replica. Can be used like a local one.
   *
   * @throws Error that names the replica when it is unreachable.
   */
  async daemon(to: ReplicaAddress, incarnationId: string, identity: TunnelIdentity): Promise<DaemonSession> {
    const { http2, socket } = await this.#link(to);
    const forwarding = {
      get closed() {
        return http2.closed;
      },
      get destroyed() {
        return http2.destroyed;
      },
      ping: http2.ping.bind(http2),
      request: (headers, options) => http2.request({ ...headers, [INCARNATION_HEADER]: incarnationId }, options),
    } satisfies Pick<ClientHttp2Session, "closed" | "destroyed" | "ping" | "request">;
    // The connection is shared, so no single daemon's session may end it.
    const shared = {
      get destroyed() {
        return socket.destroyed;
      },
      destroy: () => {},
    };
    // The replica that holds the tunnel meters the traffic of its daemon.
    const meter = new TrafficMeter(TUNNEL_WINDOWS);
    return new DaemonSession(incarnationId, identity, { http2: forwarding, socket: shared, meter, deadlineScale: 1 });
  }

  /** Queries another replica for data that only its process has. */
  async query(to: ReplicaAddress, query: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    const { http2 } = await this.#link(to);
    const stream = http2.request({ ":method": "POST", ":path": query }, { signal });
    stream.end(JSON.stringify(input));
    const body = JSON.parse(await text(stream)) as { answer?: unknown; problem?: unknown };
    if (isProblem(body.problem)) throw DomainError.fromProblem(body.problem);
    return body.answer;
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) {
      link.then(
        ({ socket }) => socket.destroy(),
        () => {},
      );
    }
  }

  #link(to: ReplicaAddress): Promise<Link> {
    const key = `${to.id} ${to.url}`;
    const known = this.#links.get(key);
    if (known) return known;
    const forget = () => {
      if (this.#links.get(key) === made) this.#links.delete(key);
    };
    const made = this.#connect(to, forget);
    this.#links.set(key, made);
    made.catch(forget);
    return made;
  }

  async #connect(to: ReplicaAddress, ended: () => void): Promise<Link> {
    const socket = await this.#openSocket(to);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.once("end", () => socket.destroy());
    const http2 = openSession(socket);
    http2.on("error", () => {});
    const stopPinging = endWhenSilent(http2, socket);
    socket.once("close", () => {
      stopPinging();
      ended();
      http2.destroy();
    });
    if (this.#closed) socket.destroy();
    if (http2.connecting) await once(http2, "connect");
    return { http2, socket };
  }

  async #openSocket({ id, url }: ReplicaAddress): Promise<Socket> {
    const { replicaId, secret } = this.#self;
    const handshake = connectReplica(secret, { from: replicaId, to: id });
    const request = url.startsWith("https:") ? httpsRequest : httpRequest;
    const attempt = request(new URL(REPLICA_PATH, url), { agent: false, headers: handshake.headers });
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const timer = setTimeout(() => attempt.destroy(new Error("no response in time")), CONNECT_MS_MAX);
    attempt.once("upgrade", (response, socket, head) => {
      const confirmation = handshake.confirm(response.headers);
      if (confirmation === null) {
        socket.destroy();
        return reject(new Error("the server there is not a replica of this installation"));
      }
      socket.write(confirmation);
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket);
    });
    attempt.once("response", (response) => {
      attempt.destroy();
      reject(new Error(`it returned ${response.statusCode}`));
    });
    attempt.once("error", reject);
    attempt.end();
    try {
      return await promise;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Replica ${id} cannot be reached at ${url}: ${reason}. Set its BERTH_REPLICA_URL.`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Without pings, callers would wait forever for a replica that ended without closing its connections. */
function endWhenSilent(http2: ClientHttp2Session, socket: Socket): () => void {
  let receivedBytes = socket.bytesRead;
  let missed = 0;
  const timer = setInterval(() => {
    missed = socket.bytesRead === receivedBytes ? missed + 1 : 0;
    receivedBytes = socket.bytesRead;
    if (missed >= MISSED_PINGS_MAX) return socket.destroy();
    if (!http2.destroyed && !http2.closed) http2.ping(() => {});
  }, PING_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
