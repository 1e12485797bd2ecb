import type { BackendHealth, BackendReader, BootLog, IncarnationRef } from "@berth/backends";
import { type BackendKind, type Capabilities, DomainError } from "@berth/domain";

export interface CatalogEntry {
  kind: BackendKind;
  default: boolean;
  capabilities: Capabilities;
  healthy: boolean;
  reason: string | null;
}

/** Read-only access to the backends. Only the backend gateway can change anything. */
export interface BackendCatalog {
  readonly kinds: readonly BackendKind[];
  capabilities(kind: BackendKind): Capabilities;
  list(): Promise<CatalogEntry[]>;
  /** The backend of a new workspace: the named one, or the first healthy one in order of preference. */
  choose(named: BackendKind | undefined): Promise<BackendKind>;
  /** The backends where every instance has this program. Excludes those where that depends on the image. */
  offering(program: string): Promise<BackendKind[]>;
  bootLog(kind: BackendKind, ref: IncarnationRef, tailBytes: number): Promise<BootLog>;
}

/** The minimum time between two health checks of an engine. */
const HEALTH_CACHE_MS = 5_000;

export function openCatalog(backends: BackendReader): BackendCatalog {
  const healths = new Map<BackendKind, { at: number; health: Promise<BackendHealth> }>();

  const health = (kind: BackendKind): Promise<BackendHealth> => {
    const cached = healths.get(kind);
    if (cached && performance.now() - cached.at < HEALTH_CACHE_MS) return cached.health;
    const fresh = backends.health(kind);
    healths.set(kind, { at: performance.now(), health: fresh });
    return fresh;
  };

  return {
    kinds: backends.kinds,
    capabilities: (kind) => backends.capabilities(kind),
    bootLog: (kind, ref, tailBytes) => backends.bootLog(kind, ref, tailBytes),

    async offering(program) {
      const found = await Promise.all(backends.kinds.map((kind) => backends.hasProgram(kind, program)));
      return backends.kinds.filter((_, index) => found[index] === true);
    },

    list: () =>
      Promise.all(
        backends.kinds.map(async (kind, index) => ({
          kind,
          default: index === 0,
          capabilities: backends.capabilities(kind),
          ...(await health(kind)),
        })),
      ),

    async choose(named) {
      if (named) {
        // Throws when the backend is not enabled.
        backends.capabilities(named);
        return named;
      }
      for (const kind of backends.kinds) {
        if ((await health(kind)).healthy) return kind;
      }
      // If no backend is healthy, take the preferred one; the workspace's operation reports what is wrong.
      const preferred = backends.kinds[0];
      if (preferred) return preferred;
      throw new DomainError("backend_unavailable", "No backend is enabled. Set BERTH_BACKENDS and start again.", {
        retryable: false,
      });
    },
  };
}
