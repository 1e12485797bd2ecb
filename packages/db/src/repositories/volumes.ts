import type { BackendKind, DataState, VolumeState } from "@berth/domain";
import { and, desc, eq, getTableColumns, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { volumes, workspaces } from "../schema/index.ts";

export type VolumeRow = typeof volumes.$inferSelect;

export async function insertVolume(db: Database, row: typeof volumes.$inferInsert): Promise<VolumeRow> {
  const [stored] = await db.insert(volumes).values(row).returning();
  if (!stored) throw new Error("The volume was not stored.");
  return stored;
}

/** Only for the reconciler, which works on every org's rows. Requests use `findOwnedVolume`. */
export const findVolume = async (db: Database, id: string): Promise<VolumeRow | undefined> =>
  (await db.select().from(volumes).where(eq(volumes.id, id)))[0];

/** The same, held until the transaction ends: nobody adopts it meanwhile. */
export const lockVolume = async (db: Database, id: string): Promise<VolumeRow | undefined> =>
  (await db.select().from(volumes).where(eq(volumes.id, id)).for("update"))[0];

export const findOwnedVolume = async (db: Database, orgId: string, id: string): Promise<VolumeRow | undefined> =>
  (
    await db
      .select()
      .from(volumes)
      .where(and(eq(volumes.orgId, orgId), eq(volumes.id, id)))
  )[0];

export const listVolumes = (db: Database, orgId: string, state?: VolumeState): Promise<VolumeRow[]> =>
  db
    .select()
    .from(volumes)
    .where(and(eq(volumes.orgId, orgId), state ? eq(volumes.state, state) : undefined))
    .orderBy(desc(volumes.createdAt));

export interface HeldVolume {
  volume: VolumeRow;
  /** Of the workspace that uses it; null when none does. */
  dataState: DataState | null;
}

/** The volumes a backend should hold: made, and not erased. */
export const heldVolumes = (db: Database, backend: BackendKind): Promise<HeldVolume[]> =>
  db
    .select({ volume: getTableColumns(volumes), dataState: workspaces.dataState })
    .from(volumes)
    .leftJoin(workspaces, and(eq(workspaces.volumeId, volumes.id), eq(workspaces.id, volumes.workspaceId)))
    .where(and(eq(volumes.backend, backend), isNotNull(volumes.madeAt), inArray(volumes.state, HELD)));

const HELD: VolumeState[] = ["attached", "retained", "quarantined"];

/** Made, not erased and not reported as missing: what the backend's store must hold. */
export async function volumesInStore(db: Database, backend: BackendKind): Promise<string[]> {
  const rows = await db
    .select({ id: volumes.id })
    .from(volumes)
    .where(
      and(
        eq(volumes.backend, backend),
        isNotNull(volumes.madeAt),
        isNull(volumes.missingSince),
        inArray(volumes.state, HELD),
      ),
    );
  return rows.map(({ id }) => id);
}

export async function markVolumeMade(db: Database, id: string): Promise<void> {
  await db
    .update(volumes)
    .set({ madeAt: sql`coalesce(${volumes.madeAt}, now())` })
    .where(eq(volumes.id, id));
}

/**
 * Takes a volume that a sweep found and nobody knows into the table, as what it is: there, and of nobody we know.
 *
 * @returns undefined when there is a row after all: another replica, or the create it belongs to, was first.
 */
export async function quarantineVolume(
  db: Database,
  found: Pick<VolumeRow, "id" | "orgId" | "workspaceName" | "backend">,
): Promise<VolumeRow | undefined> {
  const [row] = await db
    .insert(volumes)
    // Made already: an adoption must find it there and never make it anew.
    .values({ ...found, state: "quarantined", madeAt: sql`now()` as never })
    .onConflictDoNothing()
    .returning();
  return row;
}

/**
 * Sets aside what was erased and is there all the same. Its receipt no longer speaks for it; the order it came from stays.
 *
 * @returns undefined when it is not `erased` any more: another replica was first.
 */
export async function returnVolume(db: Database, id: string): Promise<VolumeRow | undefined> {
  const unknown = { workspaceId: null, receiptId: null, sizeBytes: null, measuredAt: null };
  const [row] = await db
    .update(volumes)
    .set({ ...unknown, state: "quarantined", madeAt: sql`coalesce(${volumes.madeAt}, now())`, returnedAt: sql`now()` })
    .where(and(eq(volumes.id, id), eq(volumes.state, "erased")))
    .returning();
  return row;
}

export const findVolumes = (db: Database, ids: readonly string[]): Promise<VolumeRow[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .select()
        .from(volumes)
        .where(inArray(volumes.id, [...ids]));

/**
 * @param parts that are missing; null: all of it
 * @returns undefined when that was known already, or when the volume has been erased or is about to be.
 */
export async function setVolumeMissing(
  db: Database,
  id: string,
  parts: readonly string[] | null,
): Promise<VolumeRow | undefined> {
  const missingParts = parts === null ? null : [...parts].sort();
  const isNew = sql`(${volumes.missingSince} is null or ${volumes.missingParts} is distinct from ${
    missingParts === null ? null : JSON.stringify(missingParts)
  }::jsonb)`;
  const [row] = await db
    .update(volumes)
    .set({ missingSince: sql`coalesce(${volumes.missingSince}, now())`, missingParts })
    .where(and(eq(volumes.id, id), inArray(volumes.state, HELD), isNew))
    .returning();
  return row;
}

/** @returns undefined when it was not missing, or has been erased or is about to be. */
export async function setVolumeFound(db: Database, id: string): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({ missingSince: null, missingParts: null })
    .where(and(eq(volumes.id, id), inArray(volumes.state, HELD), isNotNull(volumes.missingSince)))
    .returning();
  return row;
}

export async function markVolumeFilled(db: Database, id: string): Promise<void> {
  await db.update(volumes).set({ fillFrom: null }).where(eq(volumes.id, id));
}

/** The incarnations whose own files no volume holds yet, less those whose data was ordered erased. */
export async function fillSources(db: Database): Promise<string[]> {
  const rows = await db
    .select({ id: volumes.fillFrom })
    .from(volumes)
    .where(and(isNotNull(volumes.fillFrom), inArray(volumes.state, ["attached", "retained"])));
  return rows.flatMap(({ id }) => id ?? []);
}

export async function measureVolume(db: Database, id: string, sizeBytes: number): Promise<void> {
  await db.update(volumes).set({ sizeBytes, measuredAt: sql`now()` }).where(eq(volumes.id, id));
}

/**
 * Lets go of the volume a workspace is attached to and starts its clock. `graceHours` null: it stays until somebody
 * decides. One that another workspace has adopted since is left to that one.
 */
export async function retainVolume(
  db: Database,
  { id, workspaceId }: { id: string; workspaceId: string },
  graceHours: number | null,
): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({
      state: "retained",
      retainedUntil: graceHours === null ? null : (sql`now() + make_interval(secs => ${graceHours * 3600})` as never),
    })
    .where(and(eq(volumes.id, id), eq(volumes.workspaceId, workspaceId), eq(volumes.state, "attached")))
    .returning();
  return row;
}

/**
 * Takes a retained volume back for the workspace it belongs to.
 *
 * @returns undefined when it is no longer there for it: an erase got there first, or another workspace adopted it.
 */
export async function attachVolume(db: Database, id: string, workspaceId: string): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({ state: "attached", retainedUntil: null, heldBecause: null })
    .where(and(eq(volumes.id, id), eq(volumes.workspaceId, workspaceId), eq(volumes.state, "retained")))
    .returning();
  return row;
}

/** Gives a volume nobody uses to a workspace. @returns undefined when it is in use, or being erased. */
export async function adoptVolume(
  db: Database,
  id: string,
  owner: { workspaceId: string; workspaceName: string },
): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({ ...owner, state: "attached", retainedUntil: null, heldBecause: null, returnedAt: null })
    .where(and(eq(volumes.id, id), inArray(volumes.state, ["retained", "quarantined"])))
    .returning();
  return row;
}

/** @returns undefined when it is held already, or not retained. */
export async function holdVolume(db: Database, id: string, because: string): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({ heldBecause: because })
    .where(and(eq(volumes.id, id), eq(volumes.state, "retained"), isNull(volumes.heldBecause)))
    .returning();
  return row;
}

/** @returns undefined when the volume is not this workspace's any more. */
export async function setVolumeGeneration(
  db: Database,
  { id, workspaceId }: { id: string; workspaceId: string },
  generation: number,
): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({ generation })
    .where(and(eq(volumes.id, id), eq(volumes.workspaceId, workspaceId), eq(volumes.state, "attached")))
    .returning();
  return row;
}

/** Retained volumes whose grace time has ended. Missing ones are left out: their erasure cannot be verified. */
export const expiredVolumes = (db: Database, limit: number): Promise<VolumeRow[]> =>
  db
    .select()
    .from(volumes)
    .where(
      and(
        eq(volumes.state, "retained"),
        isNull(volumes.missingSince),
        isNull(volumes.heldBecause),
        sql`${volumes.retainedUntil} <= now()`,
      ),
    )
    .orderBy(volumes.retainedUntil)
    .limit(limit);

/** The name people know the data by, kept up to date so that it is right when the workspace is gone. */
export async function renameVolume(
  db: Database,
  { id, workspaceId }: { id: string; workspaceId: string },
  workspaceName: string,
): Promise<void> {
  await db
    .update(volumes)
    .set({ workspaceName })
    .where(and(eq(volumes.id, id), eq(volumes.workspaceId, workspaceId)));
}
