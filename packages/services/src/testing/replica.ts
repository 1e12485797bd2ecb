import { randomUUID } from "node:crypto";
import { type BackendGateway, openBackendGateway } from "@berth/backends";
import { type Backend, SealedBackend } from "@berth/backends/testing";
import type { TunnelHub } from "@berth/backends/tunnel";
import { openDatabase, openListener } from "@berth/db";
import { isConnected } from "@berth/db/testing";
import type { Deps, LifecycleDeps } from "../deps.ts";
import { type Reconciler, type ReconcilerOptions, startReconciler } from "../loops/reconciler.ts";
import { Samples } from "../metrics/samples.ts";
import { openDaemons } from "../replicas/daemons.ts";
import { openReplicas } from "../replicas/replicas.ts";
import { openStores } from "../volumes/stores.ts";
import { openCrashingPool, ProcessCrashed } from "./crashing-pool.ts";
import { until } from "./scenario.ts";

/** All calls to the engine of a backend. A test can kill the process before or after each. */
const WATCHED_CALLS = [
  "observe",
  "list",
  "bootLog",
  "observeVolume",
  "listVolumes",
  "provision",
  "stop",
  "start",
  "destroy",
  "createVolume",
  "erase",
  "proveAbsent",
] as const satisfies readonly (keyof BackendGateway)[];
export type GatewayCall = (typeof WATCHED_CALLS)[number];

export interface ReplicaOptions {
  reconciler?: Partial<ReconcilerOptions>;
  /** Replaces the backend of the harness. */
  backend?: Backend;
  /** A separate tunnel, as a second process has. */
  tunnel?: TunnelHub;
  /** The API keeps its id across restarts. Here each replica gets a new one by default. */
  replicaId?: string;
  /** Called before and after every gateway call. `die` kills the process at that point. */
  aroundGateway?: (call: GatewayCall, moment: "before" | "after", die: () => void) => void;
  /** Replaces some methods of the gateway. */
  changeGateway?: (gateway: BackendGateway) => BackendGateway;
  /** Called before every write outside a transaction and every commit. `die` kills the process at that point. */
  onWrite?: (die: () => void) => void;
}

/** One API process without HTTP. */
export interface Replica {
  readonly deps: LifecycleDeps;
  readonly dead: boolean;
  readonly duplicateMachines: Reconciler["duplicateMachines"];
  readonly untracked: Reconciler["untracked"];
  /** Simulates `kill -9`: work in progress is neither finished nor rolled back nor released. */
  die(): Promise<void>;
  stop(): Promise<void>;
}

export async function openReplica(
  url: string,
  shared: Deps,
  backends: readonly Backend[],
  options: ReplicaOptions & { reconciler: ReconcilerOptions },
): Promise<Replica> {
  const crashing = openCrashingPool(url);
  const db = openDatabase(crashing.pool);
  const listener = await openListener(crashing.pool);
  let dead = false;
  const end = () => {
    dead = true;
    crashing.die();
  };
  crashing.onWrite = () => options.onWrite?.(end);
  const onCall = (call: GatewayCall, moment: "before" | "after") => {
    if (!dead) options.aroundGateway?.(call, moment, end);
    if (dead) throw new ProcessCrashed();
  };
  const opened = openBackendGateway(
    backends.map((backend) => new SealedBackend(backend)),
    (record) => shared.log("info", record),
    openStores(db),
  );
  const gateway = watchGateway(options.changeGateway?.(opened) ?? opened, onCall);
  const replicaId = options.replicaId ?? randomUUID();
  const tunnel = options.tunnel ?? shared.tunnel;
  const own = options.tunnel ? await openOwnReplicas(tunnel) : null;
  const { samples, replicas, daemons } = own ?? shared;
  const deps: LifecycleDeps = { ...shared, db, listener, gateway, tunnel, samples, replicas, daemons, replicaId };
  const reconciler = startReconciler(deps, options.reconciler);

  async function openOwnReplicas(hub: TunnelHub) {
    const { log } = shared;
    const self = { id: replicaId, backends: shared.catalog.kinds, dataDirectory: "/nowhere", tunnelFolder: "/nowhere" };
    const replicas = await openReplicas({ db, tunnel: hub, log, self, links: null });
    return {
      samples: new Samples(),
      replicas,
      daemons: openDaemons({ db, tunnel: hub, listener, log, replicas, links: null }),
    };
  }
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= reconciler
      .stop()
      .then(() => own?.replicas.stop())
      .then(() => listener.close())
      .then(() => {
        const closed = crashing.pool.end();
        // A transaction that was killed at its `begin` never returns its client to the pool.
        return dead ? undefined : closed;
      });
    return stopped;
  };
  return {
    deps,
    stop,
    duplicateMachines: reconciler.duplicateMachines,
    untracked: reconciler.untracked,
    get dead() {
      return dead;
    },
    async die() {
      end();
      // This only ends timers and listeners. Without a database and a gateway it cannot change anything.
      await stop();
      // A statement sent before the kill may still persist something, e.g. a claim, after the next replica has started.
      await until(
        async () => !(await isConnected(shared.db, crashing.applicationName)),
        "its last statements are over",
      );
    },
  };
}

/** Calls `onCall` before and after every call. If it throws after a call, the effects of that call remain. */
export function watchGateway(
  gateway: BackendGateway,
  onCall: (call: GatewayCall, moment: "before" | "after") => void,
): BackendGateway {
  const watched = WATCHED_CALLS.map((call) => {
    const original = gateway[call] as (...input: unknown[]) => Promise<unknown>;
    const watchedCall = async (...input: unknown[]) => {
      onCall(call, "before");
      const result = await original(...input);
      onCall(call, "after");
      return result;
    };
    return [call, watchedCall];
  });
  return { ...gateway, ...Object.fromEntries(watched) };
}
