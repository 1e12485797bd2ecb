import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBackendGateway } from "@berth/backends";
import {
  type Backend,
  type ContractHarness,
  createMemoryBackend,
  type MemoryBackend,
  SealedBackend,
  startDaemon,
} from "@berth/backends/testing";
import { listenUnix, TunnelHub } from "@berth/backends/tunnel";
import { createPool, ensureInstallation, openDatabase, openListener, RETRY_SECONDS_MAX } from "@berth/db";
import { createTestDatabase } from "@berth/db/testing";
import { authenticateDaemon, ownerActor } from "../access/authenticate.ts";
import { openCatalog } from "../backends/catalog.ts";
import type { Deps, Settings } from "../deps.ts";
import type { ReconcilerOptions } from "../loops/reconciler.ts";
import { Samples } from "../metrics/samples.ts";
import { openDaemons } from "../replicas/daemons.ts";
import { openReplicas } from "../replicas/replicas.ts";
import { openStores } from "../volumes/stores.ts";
import { openReplica, type Replica, type ReplicaOptions } from "./replica.ts";
import { openScenario, type Scenario, type ScenarioHarness } from "./scenario.ts";

export interface HarnessOptions {
  settings?: Partial<Settings>;
  reconciler?: Partial<ReconcilerOptions>;
  /** False: nothing is reconciled until the test starts a replica. */
  started?: boolean;
}

/** A complete Berth without HTTP: a real database, real daemons in this process, a real tunnel and a reconciler. */
export interface Harness<B extends Backend = Backend> extends ScenarioHarness<B>, Scenario, AsyncDisposable {
  /** The log records, newest last. */
  readonly logged: Record<string, unknown>[];
  startReplica(options?: ReplicaOptions): Promise<Replica>;
}

const SETTINGS: Settings = {
  version: "test",
  publicUrl: "http://127.0.0.1:1",
  previewDomain: "localhost:1",
  ownerToken: "owner-token-of-the-tests-0123456789",
  graceHours: 72,
  provisionTimeoutSeconds: 30,
  sweepIntervalSeconds: 0.2,
  sweepMinAgeSeconds: 0,
  retrySecondsMax: RETRY_SECONDS_MAX,
};

/** Short periods, so that tests do not have to wait for the loops. */
const TIMINGS: ReconcilerOptions = {
  startsMax: 4,
  othersMax: 4,
  leaseSeconds: 10,
  pollSeconds: 0.2,
  observe: { periodSeconds: 0.2, settlingSeconds: 0 },
};

export async function openHarness(options: HarnessOptions = {}): Promise<Harness<MemoryBackend>> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "berth-harness-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { db, installation, ...database } = await openHarnessDatabase(stack);
  const tunnel = new TunnelHub({
    authenticate: (credentials) => authenticateDaemon({ db, installation }, credentials),
  });
  const socketPath = join(folder, "tunnel.sock");
  stack.adopt(await listenUnix(tunnel, { path: socketPath, mode: 0o600 }), (each) => each.close());
  stack.adopt(tunnel, (each) => each.close());
  const backend = stack.adopt(createMemoryBackend({ tunnel: { socketPath }, startDaemon }), (each) => each.close());
  return finishHarness(stack.move(), { db, installation, tunnel, backend, ...database }, options);
}

/** A backend that the caller opened, and the tunnel to which its daemons connect. Disposed with the harness. */
type Opened = Pick<ContractHarness, "backend" | "tunnel"> & AsyncDisposable;

/** Opens the harness over a backend of the contract suite, which may be a real one. */
export async function openHarnessOver(
  opened: Opened,
  options: HarnessOptions & { databaseServerUrl?: string } = {},
): Promise<Harness> {
  await using stack = new AsyncDisposableStack();
  stack.use(opened);
  const { backend, tunnel } = opened;
  const database = await openHarnessDatabase(stack, options.databaseServerUrl);
  const harness = await finishHarness(
    stack.move(),
    { ...database, tunnel: tunnel.hub, backend },
    { ...options, started: false },
  );
  const startReplica: Harness["startReplica"] = ({ changeGateway, ...own } = {}) =>
    harness.startReplica({
      ...own,
      changeGateway(opened) {
        const gateway = changeGateway?.(opened) ?? opened;
        return {
          ...gateway,
          provision(kind, spec, provisioning) {
            tunnel.expect(spec);
            return gateway.provision(kind, spec, provisioning);
          },
          start(kind, ref, tunnelToken) {
            tunnel.renewToken(ref.incarnationId, tunnelToken);
            return gateway.start(kind, ref, tunnelToken);
          },
        };
      },
    });
  if (options.started ?? true) await startReplica();
  return { ...harness, startReplica };
}

async function openHarnessDatabase(stack: AsyncDisposableStack, serverUrl?: string) {
  const { url } = stack.use(await createTestDatabase(serverUrl));
  const pool = stack.adopt(createPool(url, { max: 12, onError: () => {} }), (each) => each.end());
  const db = openDatabase(pool);
  const installation = await ensureInstallation(db);
  const listener = stack.adopt(await openListener(pool), (each) => each.close());
  return { url, pool, db, installation, listener };
}

type Parts<B extends Backend> = Awaited<ReturnType<typeof openHarnessDatabase>> & { tunnel: TunnelHub; backend: B };

async function finishHarness<B extends Backend>(
  stack: AsyncDisposableStack,
  { url, pool, backend, ...parts }: Parts<B>,
  options: HarnessOptions,
): Promise<Harness<B>> {
  await openStores(parts.db)(backend.kind, backend.store);
  const logged: Record<string, unknown>[] = [];
  const log: Deps["log"] = (level, record) => void logged.push({ level, ...record });
  const catalog = openCatalog(openBackendGateway([new SealedBackend(backend)], () => {}, openStores(parts.db)));
  const self = { id: randomUUID(), backends: catalog.kinds, dataDirectory: "/nowhere", tunnelFolder: "/nowhere" };
  const { db, tunnel, listener } = parts;
  const own = stack.adopt(await openReplicas({ db, tunnel, log, self, links: null }), (each) => each.stop());
  const daemons = openDaemons({ db, tunnel, listener, log, replicas: own, links: null });
  const settings = { ...SETTINGS, ...options.settings };
  const deps: Deps = { ...parts, samples: new Samples(), replicas: own, daemons, catalog, settings, log };
  const replicas = stack.adopt(new Set<Replica>(), async (all) => {
    for (const replica of all) await replica.stop();
  });
  const stage: ScenarioHarness<B> = {
    ...{ deps, backend },
    actor: ownerActor(parts.installation.orgId),
    async sql<Row>(text: string, values: unknown[] = []) {
      return (await pool.query(text, values)).rows as Row[];
    },
  };
  const harness: Harness<B> = {
    ...stage,
    ...openScenario(stage),
    logged,
    async startReplica(own = {}) {
      const reconciler = { ...TIMINGS, ...options.reconciler, ...own.reconciler };
      const replica = await openReplica(url, deps, [own.backend ?? backend], { ...own, reconciler });
      replicas.add(replica);
      return replica;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  if (options.started ?? true) await harness.startReplica();
  return harness;
}
