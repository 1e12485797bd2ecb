import type { IdentifyStore, VolumeStore } from "@berth/backends";
import { type Database, findStoreId, recordStoreId, volumesInStore } from "@berth/db";
import type { BackendKind } from "@berth/domain";

/** Tells each backend which store its data is in, once. A failed attempt is made again. */
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
 * The recorded store, or at first contact the one that is there. An installation from before stores had ids takes over a
 * store only if it holds every volume the database knows there, so an empty mount point is never taken for it.
 */
async function identify(db: Database, kind: BackendKind, store: VolumeStore): Promise<void> {
  const recorded = await findStoreId(db, kind);
  store.expect(recorded ?? (await recordStoreId(db, kind, await store.claim(await volumesInStore(db, kind)))));
}
