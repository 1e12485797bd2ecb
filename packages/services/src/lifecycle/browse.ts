import { claimBrowse, endIncarnation, findWorkspace, type IncarnationRow, releaseBrowse } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";
import { browseSpec } from "./machine-spec.ts";

const LEASE_SECONDS = 60;
const PERIOD_SECONDS = 15;

/** Brings up the browse instances that requests have asked for, and removes those nobody wants any more. */
export function startBrowseLoop(deps: LifecycleDeps): Loop {
  const loop = startLoop({
    name: "browse",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    async turn(signal) {
      const claimed = await claimBrowse(deps.db, LEASE_SECONDS);
      await Promise.all(claimed.map((row) => settle(deps, row, signal)));
    },
  });
  const unsubscribe = deps.listener.on("berth_browse", () => loop.wake());
  return {
    ...loop,
    stop() {
      unsubscribe();
      return loop.stop();
    },
  };
}

async function settle(deps: LifecycleDeps, row: IncarnationRow, signal: AbortSignal): Promise<void> {
  const ref = { incarnationId: row.id, workspaceId: row.workspaceId };
  let seen = false;
  try {
    if (row.wantedUntil && row.wantedUntil.getTime() <= Date.now()) {
      await deps.door.destroy(row.backend, ref);
      return await endIncarnation(deps.db, row.id);
    }
    const workspace = await findWorkspace(deps.db, row.workspaceId);
    const spec = browseSpec(deps.installation, row, workspace?.compute.image ?? null);
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(LEASE_SECONDS * 1000)]);
    await deps.door.provision(row.backend, spec, { signal: bounded, onProgress: () => {} });
    await deps.tunnel.waitFor(row.id, { signal: bounded });
    seen = true;
  } catch (error) {
    deps.log("warn", { msg: "browse instance not settled", incarnationId: row.id, error: String(error) });
  } finally {
    await releaseBrowse(deps.db, row.id, seen);
  }
}
