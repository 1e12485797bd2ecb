import type { ListedInstance, SurveyedVolume, VolumeObservation } from "@berth/backends";
import {
  appendEvents,
  findVolumes,
  findWorkspace,
  heldVolumes,
  quarantineVolume,
  returnVolume,
  type VolumeRow,
} from "@berth/db";
import type { BackendKind } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";
import { type Loop, startLoop } from "../loops/run-loop.ts";
import { noteMissing } from "./missing-volume.ts";
import { Sightings } from "./sightings.ts";
import { openStragglers, type Stragglers } from "./stragglers.ts";
import { stop, strangersAmong } from "./strangers.ts";

export interface SweepLoop extends Loop {
  /** Machines that no row speaks of, by backend, as last listed. Zero is the only good number. */
  strangers(): ReadonlyMap<BackendKind, number>;
}

/** What has been seen so far of one backend. In memory: after a start everything is looked at anew. */
interface Seen {
  unknownVolumes: Sightings;
  returnedVolumes: Sightings;
  missingVolumes: Sightings;
  strangers: Sightings;
}

/**
 * Compares the backends with the table, both ways. What a backend has and no row speaks of is quarantined: a volume gets a
 * row so that a person sees it and decides, a machine is stopped. So is a volume that was erased and is there again. What
 * a row speaks of and the backend has not is said.
 * Nothing is erased here, and nothing is made anew.
 */
export function startSweepLoop(deps: LifecycleDeps): SweepLoop {
  const strangers = new Map<BackendKind, number>();
  const stragglers = openStragglers(deps);
  const { sweepMinAgeSeconds } = deps.settings;
  const seen = new Map(
    deps.catalog.kinds.map((kind) => [
      kind,
      {
        unknownVolumes: new Sightings(sweepMinAgeSeconds),
        returnedVolumes: new Sightings(sweepMinAgeSeconds),
        missingVolumes: new Sightings(0),
        strangers: new Sightings(sweepMinAgeSeconds),
      },
    ]),
  );
  const loop = startLoop({
    name: "sweep",
    periodSeconds: deps.settings.sweepIntervalSeconds,
    log: deps.log,
    async turn() {
      const sweeps = [...seen].map(([kind, each]) => sweepBackend(deps, kind, each, { strangers, stragglers }));
      const ends = await Promise.allSettled(sweeps);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  });
  return {
    ...loop,
    strangers: () => strangers,
    async stop() {
      await loop.stop();
      await stragglers.stop();
    },
  };
}

interface Results {
  strangers: Map<BackendKind, number>;
  stragglers: Stragglers;
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
    // Unknown is not absent: a look that failed is no look, and what was seen before it still counts.
    deps.log("warn", { msg: "a backend was not swept", backend: kind, error: String(error) });
    return;
  }
  // The rows are read after the listing. A row is written before what it speaks of, so what is being made is known.
  const known = await findVolumes(deps.db, volumeIds);
  const knownIds = new Set(known.map(({ id }) => id));
  const unknownIds = volumeIds.filter((id) => !knownIds.has(id));
  await quarantineVolumes(deps, kind, seen, { machines, unknownIds });
  await quarantineReturned(deps, kind, seen, known);
  const whole = volumeIds.filter((id) => surveyed.get(id)?.missingParts.length === 0);
  await reportMissing(deps, kind, seen, new Set(whole));
  const strangers = await strangersAmong(deps, machines);
  results.strangers.set(kind, strangers.length);
  await stopStrangers(deps, kind, seen, { machines, strangers });
  await results.stragglers.end(machines);
}

async function quarantineVolumes(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  { machines, unknownIds }: { machines: readonly ListedInstance[]; unknownIds: readonly string[] },
): Promise<void> {
  for (const id of seen.unknownVolumes.note(unknownIds)) {
    const user = machines.find(({ volumeId }) => volumeId === id);
    const workspace = user && (await findWorkspace(deps.db, user.workspaceId));
    const found = {
      id,
      backend: kind,
      orgId: workspace?.orgId ?? deps.installation.orgId,
      // People type it to confirm an erase, so each has one of its own.
      workspaceName: workspace?.name ?? `Unknown workspace ${id.slice(0, 8)}`,
    };
    await deps.db.transaction(async (tx) => {
      const row = await quarantineVolume(tx, found);
      if (!row) return;
      deps.log("warn", { evt: "sweep.volume_quarantined", backend: kind, volumeId: id });
      const data = { volumeId: id, state: row.state };
      await appendEvents(tx, [{ orgId: row.orgId, type: "volume.state_changed", workspaceId: null, data }]);
    });
  }
}

/** What was erased, with a receipt, and lies there again: an engine was put back to an older state. A person decides anew. */
async function quarantineReturned(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  known: readonly VolumeRow[],
): Promise<void> {
  const returned = known.filter(({ state }) => state === "erased").map(({ id }) => id);
  for (const id of seen.returnedVolumes.note(returned)) {
    // A listing may show for a while what is gone. It must be there when it is asked for by itself too.
    if (!isThere(await deps.gateway.observeVolume(kind, id))) continue;
    await deps.db.transaction(async (tx) => {
      const row = await returnVolume(tx, id);
      if (!row) return;
      deps.log("error", { evt: "sweep.volume_returned", backend: kind, volumeId: id });
      const data = { volumeId: id, state: row.state, returned: true };
      await appendEvents(tx, [{ orgId: row.orgId, type: "volume.state_changed", workspaceId: null, data }]);
    });
  }
}

async function reportMissing(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  whole: ReadonlySet<string>,
): Promise<void> {
  const held = await heldVolumes(deps.db, kind);
  const gone = held.map(({ volume }) => volume).filter(({ id }) => !whole.has(id));
  for (const { volume, dataState } of held.filter((each) => whole.has(each.volume.id))) {
    const isSaid = volume.missingSince === null && (dataState === null || dataState === "intact");
    if (!isSaid) await noteMissing(deps, volume, null);
  }
  const due = new Set(seen.missingVolumes.note(gone.map(({ id }) => id)));
  for (const volume of gone.filter(({ id }) => due.has(id))) {
    // A listing may leave out what is there. It must be looked at by itself too.
    const { presence, missingParts } = await deps.gateway.observeVolume(kind, volume.id);
    if (presence === "absent") await noteMissing(deps, volume, { parts: null });
    if (presence === "partial") await noteMissing(deps, volume, { parts: missingParts });
  }
}

const isThere = ({ presence }: VolumeObservation): boolean => presence === "present" || presence === "partial";

/** So many may be stopped however many there are; of more, no more than half of what the backend runs. */
const STRANGERS_STOPPED_AT_ONCE = 3;

/** Kept, since its own disk may hold what lies nowhere else; a person's delete, erase or adoption removes it. */
async function stopStrangers(
  deps: LifecycleDeps,
  kind: BackendKind,
  seen: Seen,
  { machines, strangers }: { machines: readonly ListedInstance[]; strangers: readonly ListedInstance[] },
): Promise<void> {
  const due = new Set(seen.strangers.note(strangers.map(({ incarnationId }) => incarnationId)));
  const running = strangers.filter(({ incarnationId, state }) => due.has(incarnationId) && state === "running");
  if (running.length > STRANGERS_STOPPED_AT_ONCE && running.length > machines.length / 2) {
    // More likely it is the database that is wrong: an old backup, or a copy of another's.
    deps.log("error", { evt: "sweep.refused", backend: kind, strangers: running.length, machines: machines.length });
    return;
  }
  for (const stranger of running) await stop(deps, kind, stranger);
}
