import { countByStatus } from "@berth/db";
import type { CatalogEntry, Deps, LoopHealth, Reconciler } from "@berth/services";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  registry: Registry;
  requestEnded(route: string, method: string, status: number, seconds: number): void;
}

/** Defines every metric of Berth with its help text; a test generates docs/metrics.md from this list. */
export function openMetrics(deps: Deps, reconciler: () => Reconciler | null): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  new Gauge({
    name: "berth_workspaces",
    help: "Workspaces by status and backend, without deleted ones",
    labelNames: ["status", "backend"],
    registers,
    async collect() {
      this.reset();
      for (const row of await countByStatus(deps.db)) this.set({ status: row.status, backend: row.backend }, row.count);
    },
  });
  new Gauge({
    name: "berth_tunnel_sessions",
    help: "Daemons connected to this process",
    registers,
    collect() {
      this.set(deps.tunnel.sessions().length);
    },
  });
  new Gauge({
    name: "berth_backend_healthy",
    help: "1 if the backend's engine responds",
    labelNames: ["backend"],
    registers,
    async collect() {
      for (const { kind, healthy } of await deps.catalog.list())
        this.set({ backend: kind satisfies CatalogEntry["kind"] }, Number(healthy));
    },
  });
  new Gauge({
    name: "berth_duplicate_machines",
    help: "Surplus machines of workspaces at the last listing; anything but 0 is a fault",
    labelNames: ["backend"],
    registers,
    collect() {
      for (const [backend, count] of reconciler()?.duplicateMachines() ?? []) this.set({ backend }, count);
    },
  });
  new Gauge({
    name: "berth_unknown_machines",
    help: "Untracked machines of this installation at the last listing; anything but 0 means that the database was restored to an older state",
    labelNames: ["backend"],
    registers,
    collect() {
      for (const [backend, count] of reconciler()?.untracked() ?? []) this.set({ backend }, count);
    },
  });
  new Gauge({
    name: "berth_loop_last_success_seconds",
    help: "Unix time of the last successful run of each background loop",
    labelNames: ["loop"],
    registers,
    collect() {
      for (const { name, lastSuccessAt } of loopsOf(reconciler))
        if (lastSuccessAt) this.set({ loop: name }, lastSuccessAt.getTime() / 1000);
    },
  });
  new Gauge({
    name: "berth_loop_stuck",
    help: "1 if a background loop has had no successful run within two periods",
    labelNames: ["loop"],
    registers,
    collect() {
      for (const { name, stuck } of loopsOf(reconciler)) this.set({ loop: name }, Number(stuck));
    },
  });
  const requests = new Counter({
    name: "berth_http_requests_total",
    help: "Requests by route, method and status",
    labelNames: ["route", "method", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "berth_http_request_seconds",
    help: "Time from the arrival of a request to the end of its response",
    labelNames: ["route", "method"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  return {
    registry,
    requestEnded(route, method, status, seconds) {
      requests.inc({ route, method, status: String(status) });
      durations.observe({ route, method }, seconds);
    },
  };
}

const loopsOf = (reconciler: () => Reconciler | null): LoopHealth[] => reconciler()?.loops() ?? [];
