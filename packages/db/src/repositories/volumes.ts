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

/** Only for the reconciler, which works on the rows of every org. Requests use `findOwnedVolume`. */
export const findVolume = async (db: Database, id: string): Promise<VolumeRow | undefined> =>
  (await db.select().from(volumes).where(eq(volumes.id, id)))[0];

/** Locks the row until the transaction ends, so that no workspace can adopt the volume until then. */
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

export interface ExpectedVolume {
  volume: VolumeRow;
  /** The data state of the workspace that uses it; null without one. */
  dataState: DataState | null;
}

/** The volumes that a backend should have: created and not erased. */
export const expectedVolumes = (db: Database, backend: BackendKind): Promise<ExpectedVolume[]> =>
  db
    .select({ volume: getTableColumns(volumes), dataState: workspaces.dataState })
    .from(volumes)
    .leftJoin(workspaces, and(eq(workspaces.volumeId, volumes.id), eq(workspaces.id, volumes.workspaceId)))
    .where(and(eq(volumes.backend, backend), isNotNull(volumes.madeAt), inArray(volumes.state, HELD)));

const HELD: VolumeState[] = ["attached", "retained", "quarantined"];

/** The volumes that the backend's store must contain: created, not erased, and not reported as missing. */
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

export async function markVolumeCreated(db: Database, id: string): Promise<void> {
  await db
    .update(volumes)
    .set({ madeAt: sql`coalesce(${volumes.madeAt}, now())` })
    .where(eq(volumes.id, id));
}

/**
 * Inserts a quarantined row for a volume that a sweep found without one.
 *
 * @returns undefined when a row exists after all, because another replica came first, or the create that makes
 * the volume.
 */
export async function quarantineVolume(
  db: Database,
  found: Pick<VolumeRow, "id" | "orgId" | "workspaceName" | "backend">,
): Promise<VolumeRow | undefined> {
  const [row] = await db
    .insert(volumes)
    // Set, so that an adoption expects existing data and never creates the volume again.
    .values({ ...found, state: "quarantined", madeAt: sql`now()` as never })
    .onConflictDoNothing()
    .returning();
  return row;
}

/**
 * Quarantines an erased volume that exists again. It no longer has a receipt; its erase order stays.
 *
 * @returns undefined when it is no longer `erased`, because another replica came first.
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
 * @param parts the missing parts; null when the whole volume is missing
 * @returns undefined when this is already known, or when the volume is erased or being erased.
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

/** @returns undefined when it was not missing, or when it is erased or being erased. */
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

/** The incarnations whose files are not on a volume yet, except those whose data is to be erased. */
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
 * Releases the volume of a workspace and starts its grace time. With `graceHours` null it is kept until a person
 * decides. Does nothing when another workspace has adopted it since.
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
 * Attaches a retained volume to its workspace again.
 *
 * @returns undefined when it is being erased, or when another workspace has adopted it.
 */
export async function attachVolume(db: Database, id: string, workspaceId: string): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({ state: "attached", retainedUntil: null, heldBecause: null })
    .where(and(eq(volumes.id, id), eq(volumes.workspaceId, workspaceId), eq(volumes.state, "retained")))
    .returning();
  return row;
}

/** Attaches an unused volume to a workspace. @returns undefined when it is in use, erased or being erased. */
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

/** @returns undefined when it is already on hold, or not retained. */
export async function holdVolume(db: Database, id: string, because: string): Promise<VolumeRow | undefined> {
  const [row] = await db
    .update(volumes)
    .set({ heldBecause: because })
    .where(and(eq(volumes.id, id), eq(volumes.state, "retained"), isNull(volumes.heldBecause)))
    .returning();
  return row;
}

/** @returns undefined when the volume no longer belongs to this workspace. */
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

/** Retained volumes whose grace time has ended. Skips missing ones: their erasure cannot be verified. */
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

/** Keeps the name on the volume up to date, because it identifies the data after the workspace is gone. */
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
