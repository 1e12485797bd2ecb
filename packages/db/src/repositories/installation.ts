import { randomBytes } from "node:crypto";
import type { Database } from "../database.ts";
import { installation, type LocalStore } from "../schema/index.ts";
import { inTransaction } from "../transaction.ts";
import { findStoreId, forgetStore } from "./stores.ts";

export type Installation = typeof installation.$inferSelect;

/** Reads who this installation is, and decides it at the first start. Two first starts at once agree on one. */
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
 * Offers a data directory for local workspaces. The first one wins; another takes its place only when it names the one
 * that it replaces, since a process sees only what lies in its own.
 *
 * The volumes of a directory that was lost for good are missing in the one that replaces it: they are noted as missing, and
 * the new directory is identified anew. One that carries the id of the store is a copy, and has everything.
 *
 * @param foundStoreId which the directory carries; null without any
 * @returns the data directory that holds them.
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
