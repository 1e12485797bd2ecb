import type { BackendKind } from "@berth/domain";
import { eq } from "drizzle-orm";
import type { Database } from "../database.ts";
import { stores } from "../schema/index.ts";

/** @returns the id of the backend's store; undefined before first contact. */
export const findStoreId = async (db: Database, backend: BackendKind): Promise<string | undefined> =>
  (await db.select().from(stores).where(eq(stores.backend, backend)))[0]?.storeId;

/** Two first contacts at once agree on one store. @returns the id in force. */
export async function recordStoreId(db: Database, backend: BackendKind, storeId: string): Promise<string> {
  await db.insert(stores).values({ backend, storeId }).onConflictDoNothing();
  return (await findStoreId(db, backend)) ?? storeId;
}
