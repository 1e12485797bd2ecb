import { randomBytes } from "node:crypto";
import type { Database } from "../database.ts";
import { installation } from "../schema/index.ts";

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
