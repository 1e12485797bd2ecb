import {
  announceBrowseFailure,
  BROWSE_WANTED_SECONDS_MAX,
  claimBrowse,
  endBrowse,
  findIncarnation,
  findVolume,
  findWorkspace,
  type IncarnationRow,
  releaseBrowse,
  remakeBrowse,
} from "@berth/db";
import { DomainError, isLive } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";
import { browseSpec } from "./machine-spec.ts";
import { checkVolume } from "./prepare-volume.ts";

const LEASE_SECONDS = 60;
const PERIOD_SECONDS = 15;

/**
 * Brings up the browse instances that requests have asked for, and removes those nobody wants any more. Each for itself:
 * one whose daemon does not call home makes nobody else wait.
 */
export function startBrowseLoop(deps: LifecycleDeps): Loop {
  const settling = new Set<Promise<void>>();
  const loop = startLoop({
    name: "browse",
    periodSeconds: PERIOD_SECONDS,
    log: deps.log,
    async turn(signal) {
      for (const row of await claimBrowse(deps.db, {
        leaseSeconds: LEASE_SECONDS,
        exceptBackends: deps.replicas.foreignBackends(),
      })) {
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

/** Never rejects: what did not work is tried again when its claim has run out or was let go of. */
async function settle(deps: LifecycleDeps, row: IncarnationRow, signal: AbortSignal): Promise<void> {
  let outcome: Outcome | undefined;
  let failure: unknown;
  try {
    outcome = isWanted(row) ? await bringUp(deps, row, signal) : await remove(deps, row);
  } catch (error) {
    if (isWanted(row)) failure = error;
    deps.log("warn", { msg: "browse instance not settled", incarnationId: row.id, error: String(error) });
  } finally {
    await releaseBrowse(deps.db, row.id, outcome === "up").catch((error) =>
      deps.log("warn", { msg: "browse instance not let go of", incarnationId: row.id, error: String(error) }),
    );
  }
  // After it was let go of, so that the next turn takes it.
  if (outcome === "wanted again") {
    await remakeBrowse(deps.db, row.id).catch((error) =>
      deps.log("warn", { msg: "browse instance not made again", incarnationId: row.id, error: String(error) }),
    );
  }
  // After it was let go of, so that who asks again on hearing this starts another attempt.
  if (failure instanceof DomainError) await tellWhoWaits(deps, row, failure);
}

async function tellWhoWaits(deps: LifecycleDeps, { id, volumeId }: IncarnationRow, failure: DomainError) {
  if (volumeId === null) return;
  await announceBrowseFailure(deps.db, { volumeId, problem: failure.problem }).catch((error) =>
    deps.log("warn", { msg: "browse failure not told", incarnationId: id, error: String(error) }),
  );
}

async function bringUp(deps: LifecycleDeps, row: IncarnationRow, signal: AbortSignal): Promise<Outcome> {
  const workspace = await findWorkspace(deps.db, row.workspaceId);
  const volume = row.volumeId === null ? undefined : await findVolume(deps.db, row.volumeId);
  // A backend says of a volume it does not have that a machine could not be made; this says what is wrong.
  if (volume) await checkVolume(deps, volume);
  if (volume && workspace && isLive(workspace.status) && workspace.volumeId === volume.id)
    throw isRunning(workspace.name);
  const spec = browseSpec(deps.installation, row, workspace?.compute.image ?? null);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(LEASE_SECONDS * 1000)]);
  await deps.gateway.provision(row.backend, spec, { signal: bounded, onProgress: () => {} });
  // Whoever needed the volume for itself may have removed this one before it was made.
  const now = await findIncarnation(deps.db, row.id);
  if (!now || now.endedAt !== null || !isWanted(now)) return remove(deps, row);
  await deps.daemons.waitFor(row.id, { signal: bounded });
  return "up";
}

/** It may be asked for again meanwhile, by somebody who waits for it now. */
async function remove(deps: LifecycleDeps, { id, workspaceId, backend }: IncarnationRow): Promise<Outcome> {
  await deps.gateway.destroy(backend, { incarnationId: id, workspaceId });
  return (await endBrowse(deps.db, id)) ? "removed" : "wanted again";
}

/** Its own daemon serves the files, whichever replica it is connected to. */
const isRunning = (name: string): DomainError =>
  new DomainError("workspace_not_running", `"${name}" runs, so its machine serves its files. Try again in a moment.`, {
    retryable: true,
  });

function isWanted({ wantedUntil }: IncarnationRow): boolean {
  const leftMs = (wantedUntil?.getTime() ?? 0) - Date.now();
  return leftMs > 0 && leftMs <= BROWSE_WANTED_SECONDS_MAX * 1000;
}
