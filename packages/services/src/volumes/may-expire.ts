import { findIncarnations, findOpenOperation, type VolumeRow } from "@berth/db";
import type { LifecycleDeps } from "../deps.ts";

/** `later`: check again in the next run. `held`: a person must decide. */
export type Obstacle = { kind: "later" } | { kind: "held"; because: string };

const held = (because: string): Obstacle => ({ kind: "held", because });
const LATER: Obstacle = { kind: "later" };

/**
 * Why a volume must not expire although its deadline has passed, or null. The database may be an outdated backup, so
 * the backend's instances and the manifest next to the data must agree with it.
 */
export async function obstacleToExpiry(deps: LifecycleDeps, volume: VolumeRow): Promise<Obstacle | null> {
  const { workspaceId } = volume;
  // The delete that set the deadline may still be writing the manifest.
  if (workspaceId && (await findOpenOperation(deps.db, workspaceId))) return LATER;
  return (await obstacleByUse(deps, volume)) ?? obstacleByManifest(deps, volume);
}

async function obstacleByUse(deps: LifecycleDeps, { id, backend }: VolumeRow): Promise<Obstacle | null> {
  const users = (await deps.gateway.list(backend)).filter(({ volumeId }) => volumeId === id);
  if (users.length === 0) return null;
  const known = new Set(
    (
      await findIncarnations(
        deps.db,
        users.map(({ incarnationId }) => incarnationId),
      )
    ).map((row) => row.id),
  );
  const other = users.find(({ purpose, incarnationId }) => purpose === "workspace" || !known.has(incarnationId));
  // Only a browse instance uses it, and it ends soon.
  if (!other) return LATER;
  return held(`The machine ${other.incarnationId} uses it, although the database says that no workspace does.`);
}

async function obstacleByManifest(deps: LifecycleDeps, volume: VolumeRow): Promise<Obstacle | null> {
  const { id, backend, workspaceId, generation, retainedUntil } = volume;
  const surveyed = (await deps.gateway.surveyVolumes(backend)).get(id);
  // The sweep reports what is missing.
  if (!surveyed || surveyed.missingParts.length > 0) return LATER;
  const { manifest } = surveyed;
  if (manifest === null) return held("There is no manifest next to the data, so nothing confirms its deadline.");
  if (manifest.workspaceId !== workspaceId) return held("The manifest next to the data names another workspace.");
  if (manifest.generation !== generation) {
    return held(`The data was last used in generation ${manifest.generation}, the database says ${generation}.`);
  }
  if (manifest.retainedUntil !== (retainedUntil?.toISOString() ?? null)) {
    return held(`The manifest next to the data names another deadline: ${manifest.retainedUntil ?? "none"}.`);
  }
  const changed = await deps.gateway.volumeChangedSince(backend, id, new Date(manifest.writtenAt));
  return changed ? held("Files on it have changed since its deadline was set.") : null;
}
