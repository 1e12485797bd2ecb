import type { BackendGateway } from "@berth/backends";
import type { TunnelHub } from "@berth/backends/tunnel";
import type { Database, Installation, Listener } from "@berth/db";
import type { BackendCatalog } from "./backends/catalog.ts";
import type { Log } from "./log.ts";
import type { Daemons } from "./replicas/daemons.ts";
import type { Replicas } from "./replicas/replicas.ts";

/** What operators set, parsed once by the API and passed down. */
export interface Settings {
  version: string;
  publicUrl: string;
  /** Compared in constant time with what the owner sends. */
  ownerToken: string;
  graceHours: number;
  provisionTimeoutSeconds: number;
  sweepIntervalSeconds: number;
  sweepMinAgeSeconds: number;
}

/** What every service may use. It can read from backends through the catalog; only `LifecycleDeps` can change machines. */
export interface Deps {
  db: Database;
  installation: Installation;
  catalog: BackendCatalog;
  /** The daemons that are connected to this process. */
  tunnel: TunnelHub;
  /** The same and those of other replicas: what a request needs. */
  daemons: Daemons;
  replicas: Replicas;
  listener: Listener;
  settings: Settings;
  log: Log;
}

/** For the reconciler and its loops alone. */
export interface LifecycleDeps extends Deps {
  gateway: BackendGateway;
  /** This process, as the owner of leases. */
  replicaId: string;
}
