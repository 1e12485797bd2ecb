import type { Deps, Reconciler } from "@berth/services";
import type { FastifyInstance } from "fastify";

/** Whether the state can be used; neither throws. */
export interface StateProbe {
  reachable(): Promise<boolean>;
  migrated(): Promise<boolean>;
}

export interface Probed {
  deps: Deps;
  probe: StateProbe;
  reconciler: Reconciler;
}

/** `/healthz`: the process serves. `/readyz`: what it stands on works, each by name. */
export function healthRoutes(app: FastifyInstance, { deps, probe, reconciler }: Probed): void {
  app.get("/healthz", async () => ({ status: "ok" }));

  app.get("/readyz", async (_request, reply) => {
    const [database, migrations, backends] = await Promise.all([
      probe.reachable(),
      probe.migrated(),
      deps.catalog.list(),
    ]);
    const loops = reconciler.loops();
    const strangers = reconciler.strangers();
    const checks = {
      database: { ok: database },
      migrations: { ok: migrations },
      backends: {
        ok: backends.some((backend) => backend.healthy),
        // Said and not a reason to be unready: what is known is served as ever.
        kinds: backends.map(({ kind, healthy, reason }) => {
          return { kind, healthy, reason, unknownMachines: strangers.get(kind) ?? 0 };
        }),
      },
      loops: {
        ok: loops.every((loop) => !loop.stuck),
        loops: loops.map(({ name, lastSuccessAt, stuck }) => ({ name, lastSuccessAt, stuck })),
      },
    };
    const ready = Object.values(checks).every((check) => check.ok);
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready", checks });
  });
}
