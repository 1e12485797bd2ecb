import { randomUUID } from "node:crypto";
import { type BackendGateway, openBackendGateway } from "@berth/backends";
import { type Backend, SealedBackend } from "@berth/backends/testing";
import type { TunnelHub } from "@berth/backends/tunnel";
import { openDatabase, openListener } from "@berth/db";
import { isConnected } from "@berth/db/testing";
import type { Deps, LifecycleDeps } from "../deps.ts";
import { type Reconciler, type ReconcilerOptions, startReconciler } from "../loops/reconciler.ts";
import { openDaemons } from "../replicas/daemons.ts";
import { openReplicas } from "../replicas/replicas.ts";
import { openStores } from "../volumes/stores.ts";
import { openMortalPool, ProcessDied } from "./mortal-pool.ts";
import { until } from "./scenario.ts";

/** Every call to the engine of a backend: the places around which a process may die. */
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
  /** One backend in place of the bench's. */
  backend?: Backend;
  /** A tunnel of its own, as a second process has. */
  tunnel?: TunnelHub;
  /** Kept over restarts by the API; a new one each time by default. */
  replicaId?: string;
  /** Called before and after every gateway call, with the means to die there. */
  aroundGateway?: (call: GatewayCall, moment: "before" | "after", die: () => void) => void;
  /** Replaces some of the gateway's answers. */
  changeGateway?: (gateway: BackendGateway) => BackendGateway;
  /** Called before every write of its own and every commit, with the means to die there. */
  onWrite?: (die: () => void) => void;
}

/** One API process, less its HTTP. */
export interface Replica {
  readonly deps: LifecycleDeps;
  readonly dead: boolean;
  readonly duplicateMachines: Reconciler["duplicateMachines"];
  readonly untracked: Reconciler["untracked"];
  /** As `kill -9` would: nothing it was doing is finished, rolled back by its own hand, or let go of. */
  die(): Promise<void>;
  stop(): Promise<void>;
}

export async function openReplica(
  url: string,
  shared: Deps,
  backends: readonly Backend[],
  options: ReplicaOptions & { reconciler: ReconcilerOptions },
): Promise<Replica> {
  const mortal = openMortalPool(url);
  const db = openDatabase(mortal.pool);
  const listener = await openListener(mortal.pool);
  let dead = false;
  const end = () => {
    dead = true;
    mortal.die();
  };
  mortal.onWrite = () => options.onWrite?.(end);
  const around = (call: GatewayCall, moment: "before" | "after") => {
    if (!dead) options.aroundGateway?.(call, moment, end);
    if (dead) throw new ProcessDied();
  };
  const opened = openBackendGateway(
    backends.map((backend) => new SealedBackend(backend)),
    (record) => shared.log("info", record),
    openStores(db),
  );
  const gateway = watchGateway(options.changeGateway?.(opened) ?? opened, around);
  const replicaId = options.replicaId ?? randomUUID();
  const tunnel = options.tunnel ?? shared.tunnel;
  const own = options.tunnel ? await openOwnReplicas(tunnel) : null;
  const { replicas, daemons } = own ?? shared;
  const deps: LifecycleDeps = { ...shared, db, listener, gateway, tunnel, replicas, daemons, replicaId };
  const reconciler = startReconciler(deps, options.reconciler);

  async function openOwnReplicas(hub: TunnelHub) {
    const { log } = shared;
    const self = { id: replicaId, backends: shared.catalog.kinds, dataDirectory: "/nowhere", tunnelFolder: "/nowhere" };
    const replicas = await openReplicas({ db, tunnel: hub, log, self, links: null });
    return { replicas, daemons: openDaemons({ db, tunnel: hub, listener, log, replicas, links: null }) };
  }
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= reconciler
      .stop()
      .then(() => own?.replicas.stop())
      .then(() => listener.close())
      .then(() => {
        const closed = mortal.pool.end();
        // A transaction that died at its `begin` never gives its client back.
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
      // Only timers and handlers are left to end: without a database and a gateway it can change nothing.
      await stop();
      // What it had sent may still make something last, e.g. a claim, after the next one has begun.
      await until(async () => !(await isConnected(shared.db, mortal.applicationName)), "its last statements are over");
    },
  };
}

/** Calls `around` on both sides of every call. What a call has done stays done when `around` throws behind it. */
export function watchGateway(
  gateway: BackendGateway,
  around: (call: GatewayCall, moment: "before" | "after") => void,
): BackendGateway {
  const watched = WATCHED_CALLS.map((call) => {
    const original = gateway[call] as (...input: unknown[]) => Promise<unknown>;
    const watchedCall = async (...input: unknown[]) => {
      around(call, "before");
      const result = await original(...input);
      around(call, "after");
      return result;
    };
    return [call, watchedCall];
  });
  return { ...gateway, ...Object.fromEntries(watched) };
}
