import {
  inTransaction,
  lockWorkspace,
  setDataState,
  setVolumeFound,
  setVolumeMissing,
  type VolumeRow,
} from "@berth/db";
import { DomainError, volumeChanged, workspaceUpdated } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";

/** The missing parts of a volume; null: the whole volume. */
export interface Missing {
  parts: readonly string[] | null;
}

/**
 * Records that the backend lacks a volume or a part of it, or has all of it again, and emits the events.
 *
 * @param missing null when the volume is whole again
 */
export async function recordMissing(deps: LifecycleDeps, volume: VolumeRow, missing: Missing | null): Promise<void> {
  const { id: volumeId, orgId, workspaceId, backend } = volume;
  await inTransaction(deps.db, async (tx) => {
    const workspace = workspaceId ? await lockWorkspace(tx, workspaceId) : undefined;
    if (workspace?.volumeId === volumeId) await setDataState(tx, workspace.id, missing ? "missing" : "intact");
    const changed = missing ? await setVolumeMissing(tx, volumeId, missing.parts) : await setVolumeFound(tx, volumeId);
    if (!changed) return;
    const { missingParts } = changed;
    deps.log(missing ? "error" : "info", {
      evt: missing ? "sweep.volume_missing" : "sweep.volume_found",
      ...{ volumeId, workspaceId, backend, missingParts },
    });
    tx.emit(volumeChanged(changed, { missing: missing !== null, missingParts }));
    if (workspaceId) tx.emit(workspaceUpdated({ id: workspaceId, orgId }));
  });
}

export function dataMissing({ id, backend }: Pick<VolumeRow, "id" | "backend">, parts: Missing["parts"]): DomainError {
  const what = parts === null ? `The data volume ${id}` : `${parts.join(" and ")} of the data volume ${id}`;
  const message = `${what} is missing on the ${backend} backend. Restore it under the same name and restart; Berth does not start on an empty one instead.`;
  return new DomainError("data_missing", message, { details: { volumeId: id, missingParts: parts } });
}
