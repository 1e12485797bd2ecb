import { defaultTier, LIMITS, RUNTIMES } from "@berth/domain";
import type { Deps } from "../deps.ts";

export async function systemInfo(deps: Deps) {
  const backends = await deps.catalog.list();
  const [preferred] = backends;
  return {
    version: deps.settings.version,
    backends,
    limits: LIMITS,
    defaultTier: defaultTier(preferred?.capabilities ?? { ownMachine: false }),
    runtimes: Object.entries(RUNTIMES).map(([id, { title, model }]) => ({ id, title, defaultModel: model })),
    graceHours: deps.settings.graceHours,
    serverTime: new Date().toISOString(),
  };
}
