import type { DaemonSession, ReplicaLinks, TunnelHub } from "@berth/backends/tunnel";
import { type Database, findIncarnation, type Listener } from "@berth/db";
import type { Log } from "../log.ts";
import type { Replicas } from "./replicas.ts";

/** The daemons connected to this process or to another replica. Both kinds of session have the same interface. */
export interface Daemons {
  /** Null when the daemon is not connected to any replica, or its replica cannot be reached. */
  find(incarnationId: string | null): Promise<DaemonSession | null>;
  /** Resolves with the session as soon as the daemon is connected. Rejects with the signal's reason. */
  waitFor(incarnationId: string, options: { signal: AbortSignal }): Promise<DaemonSession>;
  /** Whether it is connected to any live replica, even one that this process cannot reach. */
  isConnected(incarnationId: string): Promise<boolean>;
}

export interface DaemonsOptions {
  db: Database;
  tunnel: TunnelHub;
  listener: Listener;
  log: Log;
  replicas: Replicas;
  links: ReplicaLinks | null;
}

/** The interval at which unreachable replicas are retried and changes of dead replicas are detected. */
const RECHECK_MS = 1_000;

export function openDaemons({ db, tunnel, listener, log, replicas, links }: DaemonsOptions): Daemons {
  async function holderOf(incarnationId: string) {
    const row = await findIncarnation(db, incarnationId);
    const { tunnelReplicaId: holder } = row ?? { tunnelReplicaId: null };
    return row && holder && holder !== replicas.self ? { row, holder } : null;
  }

  async function find(incarnationId: string | null): Promise<DaemonSession | null> {
    if (incarnationId === null) return null;
    const own = tunnel.session(incarnationId);
    if (own || !links) return own ?? null;
    const held = await holderOf(incarnationId);
    const address = held && (await replicas.addressOf(held.holder));
    if (!address) return null;
    const { workspaceId, purpose } = held.row;
    return links.daemon(address, incarnationId, { workspaceId, purpose }).catch((error) => {
      log("warn", { msg: "a daemon's replica was not reached", incarnationId, error: String(error) });
      return null;
    });
  }

  return {
    find,

    async isConnected(incarnationId) {
      if (tunnel.session(incarnationId)) return true;
      const held = await holderOf(incarnationId);
      return held !== null && replicas.isLive(held.holder);
    },

    async waitFor(incarnationId, { signal }) {
      const own = tunnel.session(incarnationId);
      if (own) return own;
      const ended = new AbortController();
      const bounded = AbortSignal.any([signal, ended.signal]);
      const elsewhere = waitElsewhere(incarnationId, bounded);
      try {
        return await Promise.race([tunnel.waitFor(incarnationId, { signal: bounded }), elsewhere]);
      } finally {
        ended.abort();
      }
    },
  };

  /** Polls at once, whenever a daemon connects to any replica, and periodically. */
  async function waitElsewhere(incarnationId: string, signal: AbortSignal): Promise<DaemonSession> {
    for (;;) {
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      const unsubscribe = listener.on("berth_tunnels", (payload) => {
        if (payload === "" || payload === incarnationId) resolve();
      });
      const timer = setTimeout(resolve, RECHECK_MS);
      const onAbort = () => resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        const found = await find(incarnationId);
        if (found) return found;
        await changed;
        signal.throwIfAborted();
      } finally {
        unsubscribe();
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      }
    }
  }
}
