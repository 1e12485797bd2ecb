import { type BackendKind, defaultTier, LIMITS, RUNTIMES } from "@berth/domain";
import type { Deps } from "../deps.ts";

export async function systemInfo(deps: Deps) {
  const backends = await deps.catalog.list();
  const [preferred] = backends;
  return {
    version: deps.settings.version,
    backends,
    limits: LIMITS,
    defaultTier: defaultTier(preferred?.capabilities ?? { ownMachine: false }),
    runtimes: await offeredRuntimes(deps),
    graceHours: deps.settings.graceHours,
    serverTime: new Date().toISOString(),
  };
}

/**
 * The runtimes whose program is installed, with their backends. Others can be requested; the start checks for their
 * program.
 */
async function offeredRuntimes({ catalog }: Deps) {
  const runtimes = await Promise.all(
    Object.entries(RUNTIMES).map(async ([id, { title, model, command }]) => {
      const backends: readonly BackendKind[] = command ? await catalog.offering(command[0]) : catalog.kinds;
      return { id, title, defaultModel: model, backends };
    }),
  );
  return runtimes.filter(({ backends }) => backends.length > 0);
}
