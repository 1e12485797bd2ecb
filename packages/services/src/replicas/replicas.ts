import type { DaemonSession, ReplicaLinks, TunnelHub } from "@berth/backends/tunnel";
import {
  type Claimer,
  type Database,
  endKeyLeases,
  type ReplicaRow,
  recordHeartbeat,
  recordTunnel,
  recordTunnelIfFree,
  releaseTunnel,
  releaseTunnelsOf,
  retireReplica,
} from "@berth/db";
import type { BackendKind } from "@berth/domain";
import type { Log } from "../log.ts";
import { startLoop } from "../loops/run-loop.ts";

export interface ReplicasOptions {
  db: Database;
  tunnel: TunnelHub;
  log: Log;
  /** This process. */
  self: { id: string; backends: readonly BackendKind[]; dataDirectory: string; tunnelFolder: string };
  /** Null when this process is not reachable for other replicas. */
  links: ReplicaLinks | null;
  /** Called at every heartbeat with all replicas in the database, live or not. */
  onBeat?(replicas: readonly ReplicaRow[]): void;
}

/** The processes that share the database. */
export interface Replicas {
  readonly self: string;
  isLive(id: string): boolean;
  /** The ids of the other live replicas. */
  live(): string[];
  /** The address of a replica, or null when it is not live or does not serve yet. */
  addressOf(id: string): Promise<{ id: string; url: string } | null>;
  /** Makes a statement that claims work leave to the other replicas what only they can do. */
  claimer(): Claimer;
  /** Asks the other live replicas that match. Omits those that do not respond in time. */
  query(query: string, input: unknown, which?: (replica: ReplicaRow) => boolean): Promise<unknown[]>;
  /** Publishes the URL at which other replicas reach this one. */
  serveAt(url: string): Promise<void>;
  stop(): Promise<void>;
}

const BEAT_SECONDS = 2;
/** Five heartbeats. A process that was merely slow reclaims its tunnels with its next heartbeat. */
const DEAD_MS = 10_000;
const QUERY_MS_MAX = 2_000;

/**
 * Writes this replica's heartbeat, watches those of the others, and records which tunnels this process holds. A replica
 * is live if its count has risen within ten seconds, by this process's monotonic clock.
 */
export async function openReplicas({ db, tunnel, log, self, links, onBeat }: ReplicasOptions): Promise<Replicas> {
  const seen = new Map<string, { row: ReplicaRow; changedAt: number; isBuried: boolean }>();
  let url: string | null = null;

  async function beat(): Promise<void> {
    const facts = { ...self, backends: [...self.backends], url };
    const rows = await recordHeartbeat(db, facts);
    const now = performance.now();
    for (const row of rows) {
      const known = seen.get(row.id);
      const hasBeaten = !known || known.row.beats !== row.beats;
      seen.set(row.id, {
        row,
        changedAt: hasBeaten ? now : known.changedAt,
        isBuried: hasBeaten ? false : known.isBuried,
      });
    }
    for (const [id, known] of seen) {
      if (isLive(id) || known.isBuried) continue;
      // Its daemons connect to another replica, so the tunnels recorded for this one are outdated.
      await releaseTunnelsOf(db, id);
      known.isBuried = true;
      log("warn", { msg: "a replica has died", replicaId: id, url: known.row.url });
    }
    onBeat?.(rows);
  }

  function isLive(id: string): boolean {
    if (id === self.id) return true;
    const known = seen.get(id);
    return known !== undefined && performance.now() - known.changedAt < DEAD_MS;
  }

  // Writes run in sequence, so that a disconnect and a reconnect are recorded in the right order.
  let writes: Promise<unknown> = Promise.resolve();
  const write = (work: () => Promise<void>) => {
    writes = writes.then(work).catch((error) => {
      log("warn", { msg: "a tunnel was not recorded", error: String(error) });
    });
  };
  const onConnected = ({ incarnationId }: DaemonSession) => write(() => recordTunnel(db, incarnationId, self.id));
  const onDisconnected = ({ incarnationId }: DaemonSession) =>
    write(async () => {
      if (!tunnel.session(incarnationId)) await releaseTunnel(db, incarnationId, self.id);
    });

  // A process that has just started holds no tunnels and cannot finish its predecessor's requests.
  await releaseTunnelsOf(db, self.id);
  await endKeyLeases(db, self.id);
  await beat();
  tunnel.on("connected", onConnected).on("disconnected", onDisconnected);
  const loop = startLoop({
    name: "replicas",
    periodSeconds: BEAT_SECONDS,
    log,
    async run() {
      await beat();
      // Other replicas may have released these tunnels while this process or its database was stalled.
      for (const { incarnationId } of tunnel.sessions()) await recordTunnelIfFree(db, incarnationId, self.id);
    },
  });

  return {
    self: self.id,
    isLive,
    live: () => [...seen.keys()].filter((id) => id !== self.id && isLive(id)),

    async addressOf(id) {
      if (!seen.has(id)) await beat();
      const replicaUrl = seen.get(id)?.row.url;
      return isLive(id) && replicaUrl ? { id, url: replicaUrl } : null;
    },

    claimer: () => ({
      backends: self.backends,
      deadReplicas: [...seen.keys()].filter((id) => !isLive(id)),
    }),

    async query(query, input, which = () => true) {
      const others = [...seen.values()].map(({ row }) => row).filter((row) => row.id !== self.id && isLive(row.id));
      const responses = others.filter(which).map(async ({ id, url: otherUrl }) => {
        if (!links || !otherUrl) return [];
        try {
          return [await links.query({ id, url: otherUrl }, query, input, AbortSignal.timeout(QUERY_MS_MAX))];
        } catch (error) {
          log("warn", { msg: "a replica did not respond", replicaId: id, query, error: String(error) });
          return [];
        }
      });
      return (await Promise.all(responses)).flat();
    },

    async serveAt(own) {
      url = own;
      await beat();
    },

    async stop() {
      tunnel.off("connected", onConnected).off("disconnected", onDisconnected);
      await loop.stop();
      await writes;
      await retireReplica(db, self.id).catch((error) =>
        log("warn", { msg: "this replica's shutdown was not recorded", error: String(error) }),
      );
    },
  };
}
