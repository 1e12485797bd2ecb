import { type Deps, type Reconciler, retentionNow } from "@berth/services";
import type { FastifyInstance } from "fastify";
import type { DataDisk } from "../data-disk.ts";

/** Checks of the database. Neither throws. */
export interface StateProbe {
  reachable(): Promise<boolean>;
  migrated(): Promise<boolean>;
}

export interface Probed {
  deps: Deps;
  probe: StateProbe;
  disk: Pick<DataDisk, "state">;
  reconciler: Reconciler;
}

/** `/healthz`: the process serves requests. `/readyz`: its dependencies work, listed by name. */
export function healthRoutes(app: FastifyInstance, { deps, probe, disk, reconciler }: Probed): void {
  const reachable = bounded(() => probe.reachable(), false);
  const migrated = bounded(() => probe.migrated(), false);
  const listBackends = bounded(() => deps.catalog.list(), []);
  app.get("/healthz", async () => ({ status: "ok" }));

  app.get("/readyz", async (_request, reply) => {
    const [database, migrations, backends] = await Promise.all([reachable(), migrated(), listBackends()]);
    const loops = reconciler.loops();
    const untracked = reconciler.untracked();
    const checks = {
      database: { ok: database },
      migrations: { ok: migrations },
      disk: disk.state(),
      backends: {
        ok: backends.some((backend) => backend.healthy),
        // Reported, but no reason to be unready: stored state is still served.
        kinds: backends.map(({ kind, healthy, reason }) => {
          return { kind, healthy, reason, unknownMachines: untracked.get(kind) ?? 0 };
        }),
      },
      loops: {
        ok: loops.every((loop) => !loop.stuck),
        loops: loops.map(({ name, lastSuccessAt, stuck }) => ({ name, lastSuccessAt, stuck })),
      },
    };
    // A hold does not make Berth unready: it only delays the expiry.
    const hold = database ? (await retentionNow(deps).catch(() => null))?.hold : null;
    const ready = Object.values(checks).every((check) => check.ok);
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? "ready" : "not ready", checks, retention: { hold: hold ?? null } });
  });
}

/** A hanging probe must not block `/readyz`, because clients time out after a few seconds. */
const PROBE_MS_MAX = 1_000;

/** Returns the result of a probe, or `late` after a timeout. A hanging probe is not started again until it ends. */
function bounded<T>(probe: () => Promise<T>, late: T): () => Promise<T> {
  let running: Promise<T> | undefined;
  return async () => {
    running ??= probe().finally(() => {
      running = undefined;
    });
    const { promise, resolve } = Promise.withResolvers<T>();
    const timer = setTimeout(resolve, PROBE_MS_MAX, late);
    return Promise.race([running, promise]).finally(() => clearTimeout(timer));
  };
}
