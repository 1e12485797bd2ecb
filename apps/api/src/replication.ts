import { hostname, networkInterfaces } from "node:os";
import { dirname } from "node:path";
import { ReplicaLinks, ReplicaListener, type TunnelHub } from "@berth/backends/tunnel";
import type { Database, Installation, Listener } from "@berth/db";
import type { BackendKind } from "@berth/domain";
import {
  type Daemons,
  type Deps,
  type Log,
  openDaemons,
  openReplicas,
  type Replicas,
  runReplicaQuery,
} from "@berth/services";
import type { Env } from "./env.ts";
import { SiblingSockets } from "./sibling-sockets.ts";

export interface ReplicationOptions {
  replicaId: string;
  backends: readonly BackendKind[];
  dataDirectory: string;
  socketPath: string;
  db: Database;
  installation: Installation;
  listener: Listener;
  tunnel: TunnelHub;
  log: Log;
}

/** The parts of this process that communicate with other replicas. */
export interface Replication {
  replicas: Replicas;
  daemons: Daemons;
  /** Accepts connections of other replicas; `deps` serve their requests. */
  openListener(deps: Deps): ReplicaListener;
  close(): Promise<void>;
}

export async function openReplication(options: ReplicationOptions): Promise<Replication> {
  const { replicaId, backends, dataDirectory, socketPath, db, installation, listener, tunnel, log } = options;
  const secret = installation.tunnelSecret;
  const links = new ReplicaLinks({ replicaId, secret });
  const siblings = new SiblingSockets({ tunnel, replicaId, log });
  const replicas = await openReplicas({
    ...{ db, tunnel, log, links },
    self: { id: replicaId, backends, dataDirectory, tunnelFolder: dirname(socketPath) },
    onBeat: (rows) => void siblings.listenForSiblings(rows),
  });
  let incoming: ReplicaListener | null = null;
  return {
    replicas,
    daemons: openDaemons({ db, tunnel, listener, log, replicas, links }),
    openListener(deps) {
      incoming = new ReplicaListener({
        ...{ replicaId, secret, tunnel },
        runQuery: (query, input) => runReplicaQuery(deps, query, input),
        log: (record) => log("error", record),
      });
      return incoming;
    },
    async close() {
      await replicas.stop();
      await siblings.close();
      links.close();
      incoming?.close();
    },
  };
}

const WILDCARDS = ["0.0.0.0", "::"];

/** The address at which other replicas reach this process: the configured one, or one derived from HOST. */
export function replicaUrlOf({ replicaUrl, host }: Pick<Env, "replicaUrl" | "host">, port: number): string {
  if (replicaUrl) return replicaUrl.replace(/\/+$/, "");
  const name = WILDCARDS.includes(host) ? (outerAddress() ?? hostname()) : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function outerAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? null;
}
