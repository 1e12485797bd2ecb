import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type MemoryBackendOptions, openBackendGateway } from "@berth/backends";
import { listenUnix, TunnelHub } from "@berth/backends/tunnel";
import { bundleDaemon } from "@berth/daemon";
import { startDaemon } from "@berth/daemon/start";
import { ensureInstallation, openListener, RETRY_SECONDS_MAX } from "@berth/db";
import {
  authenticateDaemon,
  createSignInCode,
  type Deps,
  type LifecycleDeps,
  type Log,
  openCatalog,
  openStores,
  type Reconciler,
  Samples,
  startReconciler,
} from "@berth/services";
import { openBackends } from "./backends.ts";
import { identifyDataDirectory } from "./data-directory.ts";
import { openDataDisk } from "./data-disk.ts";
import { openState } from "./database.ts";
import { type Env, wantedBackends } from "./env.ts";
import { returnFreedMemory } from "./freed-memory.ts";
import { claimLocalWorkspaces } from "./local-workspaces.ts";
import { lockDataDirectory } from "./lock-data-directory.ts";
import { openMetrics } from "./metrics.ts";
import { writeProblem } from "./problem-response.ts";
import { openReplication, replicaUrlOf } from "./replication.ts";
import type { Route } from "./route-access.ts";
import { serve } from "./serve.ts";
import { openServer } from "./server.ts";
import type { BodyTimes } from "./slow-bodies.ts";
import { ownerToken, replicaId } from "./stored-secrets.ts";
import { tunnelSocketPath } from "./tunnel-socket.ts";

export interface RunningApi {
  /** The address of the server, without a token. */
  url: string;
  /** The one port. */
  port: number;
  /** A sign-in link for a browser: valid once, for ten minutes. */
  signInUrl: string;
  ownerToken: string;
  /** Every route it serves. */
  routes: readonly Route[];
  deps: Deps;
  stop(): Promise<void>;
}

export interface StartOptions {
  env: Env;
  /** The repository root, for the canvas and the version. */
  root: string;
  environment: Record<string, string | undefined>;
  log: Log;
  /** Called when the process cannot continue because its database is gone. */
  onFatal(reason: string): void;
  /** For tests: replaces the daemons of the memory backend and shortens the deadlines for them. */
  daemons?: {
    start: MemoryBackendOptions["startDaemon"];
    deadlineScale(incarnationId: string): number;
  };
  /** Time limits for request bodies; shorter in tests. */
  bodyTimes?: BodyTimes;
}

/** Starts all parts in dependency order, and stops them in reverse. */
export async function startApi({ env, root, environment, log, onFatal, ...tests }: StartOptions): Promise<RunningApi> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const lock = await lockDataDirectory(env.dataDirectory);
    undo.push(() => lock.release());
    // Must precede Postgres, which needs the reserve to start on a full disk.
    const disk = await openDataDisk(env.dataDirectory, { holdsPostgres: env.databaseUrl === null, log });
    undo.push(async () => disk.close());
    // Must precede any use of the directory, because a copy refers to resources of the original.
    const dataDirectory = await identifyDataDirectory(env.dataDirectory, env.replacesDataDirectory);

    const others = Promise.all([bundleDaemon(), ownerToken(env.dataDirectory, env.ownerToken), readVersion(root)]);
    // Awaited below, when the database can be closed on failure.
    others.catch(() => {});
    const state = await openState(env, log, () => onFatal("The embedded database ended unexpectedly."));
    undo.push(() => state.close());
    const [daemon, token, version] = await others;
    const { db, pool, probe } = state;
    const installation = await ensureInstallation(db);
    if (wantedBackends(env).includes("local")) {
      await claimLocalWorkspaces({ db, installationId: installation.id }, dataDirectory, env.replacesDataDirectory);
    }
    const listener = await openListener(pool);
    undo.push(() => listener.close());

    const tunnel = new TunnelHub({
      authenticate: (credentials) => authenticateDaemon({ db, installation }, credentials),
      refuse: writeProblem,
      deadlineScale: tests.daemons?.deadlineScale,
    });
    const socketPath = await tunnelSocketPath(env.dataDirectory);
    const socket = await listenUnix(tunnel, { path: socketPath, mode: 0o666 });
    undo.push(() => socket.close());
    let gone = Promise.resolve();
    undo.push(() => gone);
    undo.push(() => tunnel.close());

    const publicUrl = env.publicUrl ?? urlOf(env.host, env.port);
    const program = {
      bundlePath: daemon.path,
      companions: daemon.companions,
      version: daemon.version,
      nodePath: process.execPath,
    };
    const tunnelUrl = `${publicUrl.replace(/^http/, "ws")}/tunnel`;
    const sealed = await openBackends(env, {
      installationId: installation.id,
      dataDirectory: env.dataDirectory,
      directoryId: dataDirectory.id,
      tunnel: { socketPath, url: tunnelUrl },
      daemon: program,
      environment,
      startDaemon: tests.daemons?.start ?? startDaemon,
      log,
    });
    const gateway = openBackendGateway(sealed, (record) => log("info", record), openStores(db));
    undo.push(() => gateway.close());

    const { graceHours, provisionTimeoutSeconds, sweepIntervalSeconds, sweepMinAgeSeconds } = env;
    const settings = {
      version,
      publicUrl,
      previewDomain: env.previewDomain ?? localPreviewDomain(publicUrl),
      ownerToken: token,
      graceHours,
      provisionTimeoutSeconds,
      sweepIntervalSeconds,
      sweepMinAgeSeconds,
      retrySecondsMax: RETRY_SECONDS_MAX,
    };
    const catalog = openCatalog(gateway);
    const ownId = await replicaId(env.dataDirectory);
    const replication = await openReplication({
      ...{ db, installation, listener, tunnel, socketPath, log },
      replicaId: ownId,
      backends: catalog.kinds,
      dataDirectory: env.dataDirectory,
    });
    undo.push(() => replication.close());
    const { replicas, daemons } = replication;
    const samples = new Samples();
    const deps: Deps = { db, installation, catalog, tunnel, samples, daemons, replicas, listener, settings, log };
    const lifecycle: LifecycleDeps = { ...deps, gateway, replicaId: ownId };
    const stopping = new AbortController();
    let reconciler: Reconciler | null = null;
    const metrics = openMetrics(deps, () => reconciler);
    reconciler = startReconciler(lifecycle, { startsMax: env.startsMax, othersMax: env.startsMax });
    const { stop: stopReconciler } = reconciler;
    undo.push(stopReconciler);
    const canvasDirectory = join(root, "apps/canvas/out");
    const { app, routes } = await openServer({
      deps,
      probe,
      disk,
      reconciler,
      metrics,
      canvasDirectory,
      replicaListener: replication.openListener(deps),
      machineHome: { daemon: program, tunnelUrl },
      orgId: env.orgId,
      stopping: stopping.signal,
      bodyTimes: tests.bodyTimes,
    });
    const serving = await serve(app, env, stopping);
    gone = serving.closed;
    undo.push(() => serving.drain());

    const { port } = app.server.address() as AddressInfo;
    const stopReturning = returnFreedMemory();
    undo.push(async () => stopReturning());
    await replicas.serveAt(replicaUrlOf(env, port));
    const url = env.publicUrl ?? urlOf(env.host, port);
    const signInUrl = `${url}/sign-in?code=${await createSignInCode(deps)}`;
    return { url, port, signInUrl, ownerToken: token, routes, deps, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An IPv6 address is written in brackets. */
const urlOf = (host: string, port: number): string => `http://${host.includes(":") ? `[${host}]` : host}:${port}`;

async function readVersion(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return version;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Browsers resolve every name below `localhost` to their own machine, so only local installations get it. */
function localPreviewDomain(publicUrl: string): string | null {
  const { hostname, port } = new URL(publicUrl);
  if (!LOOPBACK.test(hostname)) return null;
  return port === "" ? "localhost" : `localhost:${port}`;
}
