import type { BackendKind } from "@berth/domain";
import { and, eq, isNotNull, ne, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { stores, volumes, workspaces } from "../schema/index.ts";

/** @returns the store id of the backend; undefined before the first contact. */
export const findStoreId = async (db: Database, backend: BackendKind): Promise<string | undefined> =>
  (await db.select().from(stores).where(eq(stores.backend, backend)))[0]?.storeId;

/** Concurrent first contacts agree on one store. @returns the id in force. */
export async function recordStoreId(db: Database, backend: BackendKind, storeId: string): Promise<string> {
  await db.insert(stores).values({ backend, storeId }).onConflictDoNothing();
  return (await findStoreId(db, backend)) ?? storeId;
}

/**
 * Forgets a store that was lost permanently, so that another one can be identified in its place. Its volumes count
 * as missing until they are found in the new one, so no receipt can claim that they were erased from the lost store.
 */
export async function forgetStore(db: Database, backend: BackendKind): Promise<void> {
  await db.delete(stores).where(eq(stores.backend, backend));
  const lost = await db
    .update(volumes)
    .set({ missingSince: sql`coalesce(${volumes.missingSince}, now())`, missingParts: null })
    .where(and(eq(volumes.backend, backend), isNotNull(volumes.madeAt), ne(volumes.state, "erased")))
    .returning({ id: volumes.id });
  for (const { id } of lost) {
    await db.update(workspaces).set({ dataState: "missing" }).where(eq(workspaces.volumeId, id));
  }
}
