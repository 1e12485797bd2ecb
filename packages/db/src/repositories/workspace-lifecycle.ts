import type { BackendKind, DataState, DesiredState, StatusReason, WorkspaceStatus } from "@berth/domain";
import { and, eq, inArray, ne, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { incarnations, workspaces } from "../schema/index.ts";
import type { WorkspaceRow } from "./workspaces.ts";

export interface StatusChange {
  status: WorkspaceStatus;
  /** Set when an operation ends without reaching its goal. */
  desired?: DesiredState;
  statusReason?: StatusReason | null;
  dataState?: DataState;
  incarnationId?: null;
}

/**
 * Writes a finding of the reconciler for the generation that it worked on.
 *
 * @returns undefined when the generation or the status has changed. A late writer changes nothing.
 */
export async function moveStatus(
  db: Database,
  at: { id: string; generation: number; from?: readonly WorkspaceStatus[] },
  change: StatusChange,
): Promise<WorkspaceRow | undefined> {
  const { status, statusReason = null, ...rest } = change;
  const [row] = await db
    .update(workspaces)
    .set({
      ...rest,
      status,
      statusReason,
      statusChangedAt: sql`case when ${workspaces.status} = ${status} then ${workspaces.statusChangedAt} else now() end`,
      updatedAt: sql`now()`,
      ...(status === "deleted" ? { deletedAt: sql`now()` } : {}),
      ...(status === "online" ? { lastHeartbeatAt: sql`now()` } : {}),
    })
    .where(
      and(
        eq(workspaces.id, at.id),
        eq(workspaces.generation, at.generation),
        at.from ? inArray(workspaces.status, [...at.from]) : undefined,
      ),
    )
    .returning();
  return row;
}

export async function setVolume(
  db: Database,
  id: string,
  volumeId: string | null,
  dataState: DataState,
): Promise<void> {
  await db.update(workspaces).set({ volumeId, dataState, updatedAt: sql`now()` }).where(eq(workspaces.id, id));
}

/** Replaces the incarnation that should exist, without a new intent. The caller must hold the lock on the row. */
export async function setIncarnation(db: Database, id: string, incarnationId: string): Promise<void> {
  await db.update(workspaces).set({ incarnationId, updatedAt: sql`now()` }).where(eq(workspaces.id, id));
}

export async function setDataState(db: Database, id: string, dataState: DataState): Promise<void> {
  await db
    .update(workspaces)
    .set({ dataState })
    .where(and(eq(workspaces.id, id), ne(workspaces.dataState, dataState)));
}

export async function setRestartAgain(db: Database, id: string, cause: string | null): Promise<void> {
  await db.update(workspaces).set({ restartAgain: cause }).where(eq(workspaces.id, id));
}

/**
 * Records heartbeats in one statement, only for the current incarnation of each workspace. Skips locked rows: waiting
 * for many rows while holding others could deadlock with requests.
 */
export async function recordHeartbeats(db: Database, incarnationIds: readonly string[]): Promise<void> {
  if (incarnationIds.length === 0) return;
  const free = db
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(inArray(workspaces.incarnationId, [...incarnationIds]))
    .for("update", { skipLocked: true });
  await db.update(workspaces).set({ lastHeartbeatAt: sql`now()` }).where(inArray(workspaces.id, free));
}

export interface ObservedRow {
  id: string;
  orgId: string;
  generation: number;
  status: WorkspaceStatus;
  runtime: string;
  backend: BackendKind;
  incarnationId: string | null;
  volumeId: string | null;
  dataState: DataState;
  statusReason: StatusReason | null;
  /** The replica that its daemon is connected to. */
  tunnelReplicaId: string | null;
}

/** All workspaces in one of these statuses, with the replica that holds their tunnel. */
export async function listToObserve(db: Database, statuses: readonly WorkspaceStatus[]): Promise<ObservedRow[]> {
  return db
    .select({
      id: workspaces.id,
      orgId: workspaces.orgId,
      generation: workspaces.generation,
      status: workspaces.status,
      runtime: workspaces.runtime,
      backend: workspaces.backend,
      incarnationId: workspaces.incarnationId,
      volumeId: workspaces.volumeId,
      dataState: workspaces.dataState,
      statusReason: workspaces.statusReason,
      tunnelReplicaId: incarnations.tunnelReplicaId,
    })
    .from(workspaces)
    .leftJoin(incarnations, eq(incarnations.id, workspaces.incarnationId))
    .where(inArray(workspaces.status, [...statuses]));
}
