import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { installation, type LocalStore } from "../schema/index.ts";

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
 * @returns the data directory that holds them.
 */
export async function claimLocalStore(
  db: Database,
  { store, replaces }: { store: LocalStore; replaces: string | null },
): Promise<LocalStore> {
  const held = sql`${installation.localStore} ->> 'id'`;
  await db
    .update(installation)
    .set({ localStore: store })
    .where(sql`${installation.localStore} is null or ${held} = ${store.id} or ${held} = ${replaces}`);
  const [row] = await db.select({ localStore: installation.localStore }).from(installation);
  return row?.localStore ?? store;
}
