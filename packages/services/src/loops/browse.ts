import {
  announceBrowseFailure,
  BROWSE_REQUEST_SECONDS_MAX,
  claimBrowse,
  endBrowse,
  findIncarnation,
  findVolume,
  findWorkspace,
  type IncarnationRow,
  recreateBrowse,
  releaseBrowse,
} from "@berth/db";
import { DomainError, isLive } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { browseSpec } from "../instances/spec.ts";
import { checkVolume } from "../volumes/prepare.ts";
import { type Loop, startLoop } from "./run-loop.ts";

const LEASE_SECONDS = 60;
const PERIOD_SECONDS = 15;

/**
 * Starts the browse instances that requests need and removes the others. They run in parallel, so a slow one does not
 * delay the rest.
 */
export function startBrowseLoop(deps: LifecycleDeps): Loop {
  const settling = new Set<Promise<void>>();
  const loop = startLoop({
    name: "browse",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    async run(signal) {
      const claim = { leaseSeconds: LEASE_SECONDS, claimer: deps.replicas.claimer() };
      for (const row of await claimBrowse(deps.db, claim)) {
        const settled = settle(deps, row, signal).finally(() => settling.delete(settled));
        settling.add(settled);
      }
    },
  });
  const unsubscribe = deps.listener.on("berth_browse", () => loop.wake());
  return {
    ...loop,
    async stop() {
      unsubscribe();
      await loop.stop();
      await Promise.all(settling);
    },
  };
}

type Outcome = "up" | "removed" | "wanted again";

/** Never rejects. A failed one is retried after its claim is released or has expired. */
async function settle(deps: LifecycleDeps, row: IncarnationRow, signal: AbortSignal): Promise<void> {
  let outcome: Outcome | undefined;
  let failure: unknown;
  try {
    outcome = isRequested(row) ? await startBrowse(deps, row, signal) : await remove(deps, row);
  } catch (error) {
    if (isRequested(row)) failure = error;
    deps.log("warn", { msg: "browse instance not settled", incarnationId: row.id, error: String(error) });
  } finally {
    await releaseBrowse(deps.db, row.id, outcome === "up").catch((error) =>
      deps.log("warn", { msg: "browse claim not released", incarnationId: row.id, error: String(error) }),
    );
  }
  // After the release, so that the next run claims it.
  if (outcome === "wanted again") {
    await recreateBrowse(deps.db, row.id).catch((error) =>
      deps.log("warn", { msg: "browse instance not queued again", incarnationId: row.id, error: String(error) }),
    );
  }
  // After the release, so that a caller who retries after this error starts another attempt.
  if (failure instanceof DomainError) await announceFailure(deps, row, failure);
}

async function announceFailure(deps: LifecycleDeps, { id, volumeId }: IncarnationRow, failure: DomainError) {
  if (volumeId === null) return;
  await announceBrowseFailure(deps.db, { volumeId, problem: failure.problem }).catch((error) =>
    deps.log("warn", { msg: "browse failure not announced", incarnationId: id, error: String(error) }),
  );
}

async function startBrowse(deps: LifecycleDeps, row: IncarnationRow, signal: AbortSignal): Promise<Outcome> {
  const workspace = await findWorkspace(deps.db, row.workspaceId);
  const volume = row.volumeId === null ? undefined : await findVolume(deps.db, row.volumeId);
  // Reports a missing volume as such; the backend would report only that it could not create an instance.
  if (volume) await checkVolume(deps, volume);
  if (volume && workspace && isLive(workspace.status) && workspace.volumeId === volume.id)
    throw isRunning(workspace.name);
  const spec = browseSpec(deps.installation, row, workspace?.compute.image ?? null);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(LEASE_SECONDS * 1000)]);
  await deps.gateway.provision(row.backend, spec, { signal: bounded, onProgress: () => {} });
  // A start on this volume may have ended this browse instance before it existed.
  const now = await findIncarnation(deps.db, row.id);
  if (!now || now.endedAt !== null || !isRequested(now)) return remove(deps, row);
  await deps.daemons.waitFor(row.id, { signal: bounded });
  return "up";
}

/** @returns `wanted again` when a request has arrived and waits for it. */
async function remove(deps: LifecycleDeps, { id, workspaceId, backend }: IncarnationRow): Promise<Outcome> {
  await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
  return (await endBrowse(deps.db, id)) ? "removed" : "wanted again";
}

/** The workspace's own daemon serves the files, on any replica. */
const isRunning = (name: string): DomainError =>
  new DomainError("workspace_not_running", `"${name}" runs, so its machine serves its files. Try again in a moment.`, {
    retryable: true,
  });

function isRequested({ wantedUntil }: IncarnationRow): boolean {
  const leftMs = (wantedUntil?.getTime() ?? 0) - Date.now();
  return leftMs > 0 && leftMs <= BROWSE_REQUEST_SECONDS_MAX * 1000;
}
