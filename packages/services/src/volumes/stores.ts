import type { IdentifyStore, VolumeStore } from "@berth/backends";
import { type Database, findStoreId, recordStoreId, volumesInStore } from "@berth/db";
import type { BackendKind } from "@berth/domain";

/** Identifies each backend's store once per process, and again after a failed attempt. */
export function openStores(db: Database): IdentifyStore {
  const identified = new Map<BackendKind, Promise<void>>();
  return (kind, store) => {
    const known = identified.get(kind);
    if (known) return known;
    const attempt = identify(db, kind, store);
    identified.set(kind, attempt);
    attempt.catch(() => identified.delete(kind));
    return attempt;
  };
}

/**
 * Expects the recorded store, or claims the current one at first contact. If there are volumes from a version without
 * store ids, only a store that holds all of them is claimed, and never an empty mount point.
 */
async function identify(db: Database, kind: BackendKind, store: VolumeStore): Promise<void> {
  const recorded = await findStoreId(db, kind);
  store.expect(recorded ?? (await recordStoreId(db, kind, await store.claim(await volumesInStore(db, kind)))));
}
