import { randomBytes } from "node:crypto";
import type { Database } from "../database.ts";
import { installation, type LocalStore } from "../schema/index.ts";
import { inTransaction } from "../transaction.ts";
import { findStoreId, forgetStore } from "./stores.ts";

export type Installation = typeof installation.$inferSelect;

/** Reads the identity of this installation and creates it at the first start. Concurrent first starts agree on one. */
export async function ensureInstallation(db: Database): Promise<Installation> {
  await db
    .insert(installation)
    .values({ tunnelSecret: randomBytes(32).toString("base64url") })
    .onConflictDoNothing();
  const [row] = await db.select().from(installation);
  if (!row) throw new Error("The installation row is missing.");
  return row;
}

/**
 * Registers a data directory for local workspaces. The first one stays registered, because a process only sees
 * the data in its own directory. Another one replaces it only if `replaces` names it.
 *
 * If the directory was lost for good, its volumes are marked as missing and the new directory gets a new store id. A
 * directory with the stored store id is a copy and has all volumes.
 *
 * @param foundStoreId the store id in the directory; null when it has none
 * @returns the data directory in force.
 */
export async function claimLocalStore(
  db: Database,
  { store, replaces, foundStoreId }: { store: LocalStore; replaces: string | null; foundStoreId: string | null },
): Promise<LocalStore> {
  return inTransaction(db, async (tx) => {
    const [before] = await tx.select({ held: installation.localStore }).from(installation).for("update");
    const held = before?.held ?? null;
    if (held !== null && held.id !== store.id && held.id !== replaces) return held;
    await tx.update(installation).set({ localStore: store });
    const isOther = held !== null && held.id !== store.id && (await findStoreId(tx, "local")) !== foundStoreId;
    if (isOther) await forgetStore(tx, "local");
    return store;
  });
}
