import type { ListedInstance, SurveyedVolume, VolumeObservation } from "@berth/backends";
import {
  expectedVolumes,
  findVolumes,
  findWorkspace,
  inTransaction,
  quarantineVolume,
  returnVolume,
  type VolumeRow,
} from "@berth/db";
import { type BackendKind, volumeChanged } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { openStaleInstances, type StaleInstances } from "../instances/stale.ts";
import { findUntracked, stopUntracked } from "../instances/untracked.ts";
import { recordMissing } from "../volumes/missing.ts";
import { Confirmations } from "./confirmations.ts";
import { type Loop, startLoop } from "./run-loop.ts";

export interface SweepLoop extends Loop {
  /** The number of instances without a row, by backend, at the last sweep. Any value above zero indicates a fault. */
  untracked(): ReadonlyMap<BackendKind, number>;
}

/** The findings about one backend. They are in memory, so their confirmation starts over after a restart. */
interface Seen {
  unknownVolumes: Confirmations;
  returnedVolumes: Confirmations;
  missingVolumes: Confirmations;
  untracked: Confirmations;
}

/**
 * Compares each backend with the database. An unknown volume gets a quarantined row, so that a person can decide about
 * it. So does an erased volume that exists again. An untracked instance is stopped, and a missing volume is reported.
 * The sweep erases and creates nothing.
 */
export function startSweepLoop(deps: LifecycleDeps): SweepLoop {
  const untracked = new Map<BackendKind, number>();
  const staleInstances = openStaleInstances(deps);
  const { sweepMinAgeSeconds } = deps.settings;
  const seen = new Map(
    deps.catalog.kinds.map((kind) => [
      kind,
      {
        unknownVolumes: new Confirmations(sweepMinAgeSeconds),
        returnedVolumes: new Confirmations(sweepMinAgeSeconds),
        missingVolumes: new Confirmations(0),
        untracked: new Confirmations(sweepMinAgeSeconds),
      },
    ]),
  );
  const loop = startLoop({
    name: "sweep",
    periodSeconds: deps.settings.sweepIntervalSeconds,
    log: deps.log,
    async run() {
      const sweeps = [...seen].map(([kind, each]) => sweepBackend(deps, kind, each, { untracked, staleInstances }));
      const ends = await Promise.allSettled(sweeps);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  });
  return {
    ...loop,
    untracked: () => untracked,
    async stop() {
      await loop.stop();
      await staleInstances.stop();
    },
  };
}

interface Results {
  untracked: Map<BackendKind, number>;
  staleInstances: StaleInstances;
}

async function sweepBackend(deps: LifecycleDeps, kind: BackendKind, seen: Seen, results: Results): Promise<void> {
  let machines: ListedInstance[];
  let volumeIds: string[];
  let surveyed: ReadonlyMap<string, SurveyedVolume>;
  try {
    [machines, volumeIds, surveyed] = await Promise.all([
      deps.gateway.list(kind),
      deps.gateway.listVolumes(kind),
      deps.gateway.surveyVolumes(kind),
    ]);
  } catch (error) {
    // A failed listing proves nothing, so the findings remain.
    deps.log("warn", { msg: "sweep of a backend failed", backend: kind, error: String(error) });
    return;
  }
  // Rows are written before volumes are created, so reading them after the listing misses none.
  const known = await findVolumes(deps.db, volumeIds);
  const knownIds = new Set(known.map(({ id }) => id));
  const unknownIds = volumeIds.filter((id) => !knownIds.has(id));
  await quarantineVolumes(deps, kind, seen, { machines, unknownIds });
  await quarantineReturned(deps, kind, seen, known);
  const whole = volumeIds.filter((id) => surveyed.get(id)?.missingParts.length === 0);
  await reportMissing(deps, kind, seen, new Set(whole));
  const untracked = await findUntracked(deps, machines);
  results.untracked.set(kind, untracked.length);
  await stopConfirmedUntracked(deps, kind, seen, { machines, untracked });
  await results.staleInstances.destroyAmong(machines);
}

async function quarantineVolumes(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  { machines, unknownIds }: { machines: readonly ListedInstance[]; unknownIds: readonly string[] },
): Promise<void> {
  for (const id of seen.unknownVolumes.confirm(unknownIds)) {
    const user = machines.find(({ volumeId }) => volumeId === id);
    const workspace = user && (await findWorkspace(deps.db, user.workspaceId));
    const found = {
      id,
      backend: kind,
      orgId: workspace?.orgId ?? deps.installation.orgId,
      // Unique, because people type it to confirm an erase.
      workspaceName: workspace?.name ?? `Unknown workspace ${id.slice(0, 8)}`,
    };
    await inTransaction(deps.db, async (tx) => {
      const row = await quarantineVolume(tx, found);
      if (!row) return;
      deps.log("warn", { evt: "sweep.volume_quarantined", backend: kind, volumeId: id });
      tx.emit(volumeChanged({ ...row, workspaceId: null }));
    });
  }
}

/** An erased volume exists again when a backend was restored from a backup. A person has to decide about it again. */
async function quarantineReturned(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  known: readonly VolumeRow[],
): Promise<void> {
  const returned = known.filter(({ state }) => state === "erased").map(({ id }) => id);
  for (const id of seen.returnedVolumes.confirm(returned)) {
    // A listing may be outdated, so check this volume separately.
    if (!isThere(await deps.gateway.observeVolume(kind, id))) continue;
    await inTransaction(deps.db, async (tx) => {
      const row = await returnVolume(tx, id);
      if (!row) return;
      deps.log("error", { evt: "sweep.volume_returned", backend: kind, volumeId: id });
      tx.emit(volumeChanged({ ...row, workspaceId: null }, { returned: true }));
    });
  }
}

async function reportMissing(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  whole: ReadonlySet<string>,
): Promise<void> {
  const expected = await expectedVolumes(deps.db, kind);
  const gone = expected.map(({ volume }) => volume).filter(({ id }) => !whole.has(id));
  for (const { volume, dataState } of expected.filter((each) => whole.has(each.volume.id))) {
    const isReported = volume.missingSince === null && (dataState === null || dataState === "intact");
    if (!isReported) await recordMissing(deps, volume, null);
  }
  const due = new Set(seen.missingVolumes.confirm(gone.map(({ id }) => id)));
  for (const volume of gone.filter(({ id }) => due.has(id))) {
    // A listing may be incomplete, so check this volume separately.
    const { presence, missingParts } = await deps.gateway.observeVolume(kind, volume.id);
    if (presence === "absent") await recordMissing(deps, volume, { parts: null });
    if (presence === "partial") await recordMissing(deps, volume, { parts: missingParts });
  }
}

const isThere = ({ presence }: VolumeObservation): boolean => presence === "present" || presence === "partial";

/** If there are more than this, they are stopped only when they are at most half of all instances. */
const UNTRACKED_STOPPED_AT_ONCE = 3;

/** They are stopped and kept, because their own disk may hold the only copy of a file. */
async function stopConfirmedUntracked(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  { machines, untracked }: { machines: readonly ListedInstance[]; untracked: readonly ListedInstance[] },
): Promise<void> {
  const due = new Set(seen.untracked.confirm(untracked.map(({ incarnationId }) => incarnationId)));
  const running = untracked.filter(({ incarnationId, state }) => due.has(incarnationId) && state === "running");
  if (running.length > UNTRACKED_STOPPED_AT_ONCE && running.length > machines.length / 2) {
    // So many untracked instances suggest a wrong database: an old backup, or a copy from another installation.
    deps.log("error", { evt: "sweep.refused", backend: kind, untracked: running.length, machines: machines.length });
    return;
  }
  for (const instance of running) await stopUntracked(deps, kind, instance);
}
