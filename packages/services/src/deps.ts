import type { BackendGateway } from "@berth/backends";
import type { TunnelHub } from "@berth/backends/tunnel";
import type { Database, Installation, Listener } from "@berth/db";
import type { BackendCatalog } from "./backends/catalog.ts";
import type { Log } from "./log.ts";
import type { Samples } from "./metrics/samples.ts";
import type { Daemons } from "./replicas/daemons.ts";
import type { Replicas } from "./replicas/replicas.ts";

/** The operator's settings, which the API parses once. */
export interface Settings {
  version: string;
  publicUrl: string;
  /** Previews are at `<port>--<workspaceId>.<domain>`. Null: they have no address. */
  previewDomain: string | null;
  /** Compared in constant time with the token of a request. */
  ownerToken: string;
  graceHours: number;
  provisionTimeoutSeconds: number;
  sweepIntervalSeconds: number;
  sweepMinAgeSeconds: number;
  /** The longest backoff between two attempts of an operation, at most `RETRY_SECONDS_MAX`. */
  retrySecondsMax: number;
}

/** The dependencies of every service. They can only read from backends; `LifecycleDeps` can also change instances. */
export interface Deps {
  db: Database;
  installation: Installation;
  catalog: BackendCatalog;
  /** The daemons connected to this process. */
  tunnel: TunnelHub;
  /** The latest measurements of those daemons. */
  samples: Samples;
  /** The daemons connected to any replica, for requests. */
  daemons: Daemons;
  replicas: Replicas;
  listener: Listener;
  settings: Settings;
  log: Log;
}

/** Only for the reconciler and its loops. */
export interface LifecycleDeps extends Deps {
  gateway: BackendGateway;
  /** Identifies this process as the owner of leases. */
  replicaId: string;
}
