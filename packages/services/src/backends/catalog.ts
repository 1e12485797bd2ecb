import type { Backend, BackendHealth, BootLog, IncarnationRef } from "@berth/backends";
import { type BackendKind, type Capabilities, DomainError } from "@berth/domain";

export interface CatalogEntry {
  kind: BackendKind;
  default: boolean;
  capabilities: Capabilities;
  healthy: boolean;
  reason: string | null;
}

/** What may be asked of backends without changing anything. Everything else goes through the backend door. */
export interface BackendCatalog {
  readonly kinds: readonly BackendKind[];
  capabilities(kind: BackendKind): Capabilities;
  list(): Promise<CatalogEntry[]>;
  /** The backend a new workspace gets: the one named, or the first healthy one in order of preference. */
  choose(named: BackendKind | undefined): Promise<BackendKind>;
  bootLog(kind: BackendKind, ref: IncarnationRef, tailBytes: number): Promise<BootLog>;
}

/** Health is asked of the engine at most this often. */
const HEALTH_CACHE_MS = 5_000;

/** @param backends in order of preference; the first is the default. */
export function openCatalog(backends: readonly Backend[]): BackendCatalog {
  const byKind = new Map(backends.map((backend) => [backend.kind, backend]));
  const healths = new Map<BackendKind, { at: number; health: Promise<BackendHealth> }>();

  const health = (backend: Backend): Promise<BackendHealth> => {
    const cached = healths.get(backend.kind);
    if (cached && performance.now() - cached.at < HEALTH_CACHE_MS) return cached.health;
    const fresh = backend.health();
    healths.set(backend.kind, { at: performance.now(), health: fresh });
    return fresh;
  };

  const enabled = (kind: BackendKind): Backend => requireBackend(byKind, kind);

  return {
    kinds: backends.map((backend) => backend.kind),
    capabilities: (kind) => enabled(kind).capabilities,

    list: () =>
      Promise.all(
        backends.map(async (backend, index) => ({
          kind: backend.kind,
          default: index === 0,
          capabilities: backend.capabilities,
          ...(await health(backend)),
        })),
      ),

    async choose(named) {
      if (named) return enabled(named).kind;
      for (const backend of backends) {
        if ((await health(backend)).healthy) return backend.kind;
      }
      // Nothing is healthy: the preferred one is taken, and the workspace says what is wrong with it.
      const preferred = backends[0];
      if (preferred) return preferred.kind;
      throw new DomainError("backend_unavailable", "No backend is enabled. Set BERTH_BACKENDS and start again.", {
        retryable: false,
      });
    },

    bootLog(kind, ref, tailBytes) {
      const backend = enabled(kind);
      if (!backend.capabilities.bootLog) throw unsupported(kind, "a boot log");
      return backend.instances.bootLog(ref, tailBytes);
    },
  };
}

export function requireBackend(backends: ReadonlyMap<BackendKind, Backend>, kind: BackendKind): Backend {
  const backend = backends.get(kind);
  if (backend) return backend;
  const enabled = [...backends.keys()].join(", ") || "none";
  throw new DomainError(
    "backend_unavailable",
    `The ${kind} backend is not enabled here (enabled: ${enabled}). Add it to BERTH_BACKENDS and start again.`,
    { retryable: false, details: { backend: kind, enabled: [...backends.keys()] } },
  );
}

export const unsupported = (kind: BackendKind, what: string): DomainError =>
  new DomainError("unsupported_by_backend", `The ${kind} backend does not offer ${what}.`, {
    details: { backend: kind },
  });
