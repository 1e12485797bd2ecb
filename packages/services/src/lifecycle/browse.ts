import {
  announceBrowseFailure,
  claimBrowse,
  endIncarnation,
  findIncarnation,
  findVolume,
  findWorkspace,
  type IncarnationRow,
  releaseBrowse,
} from "@berth/db";
import { DomainError } from "@berth/domain";
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
      for (const row of await claimBrowse(deps.db, LEASE_SECONDS)) {
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

/** Never rejects: what did not work is tried again when its claim has run out or was let go of. */
async function settle(deps: LifecycleDeps, row: IncarnationRow, signal: AbortSignal): Promise<void> {
  let seen = false;
  let failure: unknown;
  try {
    if (isWanted(row)) seen = await bringUp(deps, row, signal);
    else await remove(deps, row);
  } catch (error) {
    if (isWanted(row)) failure = error;
    deps.log("warn", { msg: "browse instance not settled", incarnationId: row.id, error: String(error) });
  } finally {
    await releaseBrowse(deps.db, row.id, seen).catch((error) =>
      deps.log("warn", { msg: "browse instance not let go of", incarnationId: row.id, error: String(error) }),
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

/** @returns whether its daemon has called home. */
async function bringUp(deps: LifecycleDeps, row: IncarnationRow, signal: AbortSignal): Promise<boolean> {
  const workspace = await findWorkspace(deps.db, row.workspaceId);
  const volume = row.volumeId === null ? undefined : await findVolume(deps.db, row.volumeId);
  // A backend says of a volume it does not have that a machine could not be made; this says what is wrong.
  if (volume) await checkVolume(deps, volume);
  const spec = browseSpec(deps.installation, row, workspace?.compute.image ?? null);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(LEASE_SECONDS * 1000)]);
  await deps.door.provision(row.backend, spec, { signal: bounded, onProgress: () => {} });
  // Whoever needed the volume for itself may have removed this one before it was made.
  const now = await findIncarnation(deps.db, row.id);
  if (!now || now.endedAt !== null || !isWanted(now)) {
    await remove(deps, row);
    return false;
  }
  await deps.tunnel.waitFor(row.id, { signal: bounded });
  return true;
}

async function remove(deps: LifecycleDeps, { id, workspaceId, backend }: IncarnationRow): Promise<void> {
  await deps.door.destroy(backend, { incarnationId: id, workspaceId });
  await endIncarnation(deps.db, id);
}

const isWanted = ({ wantedUntil }: IncarnationRow): boolean =>
  wantedUntil !== null && wantedUntil.getTime() > Date.now();
