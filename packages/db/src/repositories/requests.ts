// Writes that are reserved for `requestOperation`. Imported through `@berth/db/requests`.
import type { DesiredState, VolumeState, WorkspaceStatus } from "@berth/domain";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { eraseOrders, incarnations, operations, volumes, workspaces } from "../schema/index.ts";
import type { EraseOrderRow } from "./erase-orders.ts";
import type { IncarnationRow } from "./incarnations.ts";
import type { OperationRow } from "./operations.ts";
import type { WorkspaceRow } from "./workspaces.ts";

export interface Intent {
  desired: DesiredState;
  status: WorkspaceStatus;
  /** The incarnation that should exist from now on. Null: none; undefined: unchanged. */
  incarnationId?: string | null;
  /** The delete that this intent belongs to. Any other intent clears it. */
  deletionId?: string | undefined;
}

/** Writes a new intent and raises the generation. The caller must hold the lock on the row. */
export async function writeIntent(db: Database, id: string, intent: Intent): Promise<WorkspaceRow> {
  const provisioning = intent.status === "provisioning";
  const [row] = await db
    .update(workspaces)
    .set({
      desired: intent.desired,
      status: intent.status,
      ...(intent.incarnationId === undefined ? {} : { incarnationId: intent.incarnationId }),
      generation: sql`${workspaces.generation} + 1`,
      statusReason: null,
      // It was recorded for the previous intent, which this one replaces.
      restartAgain: null,
      statusChangedAt: sql`now()`,
      updatedAt: sql`now()`,
      provisioningStartedAt: provisioning ? sql`now()` : null,
      deletedAt: null,
      deletionId: intent.deletionId ?? null,
    })
    .where(eq(workspaces.id, id))
    .returning();
  if (!row) throw new Error("The workspace row is gone.");
  return row;
}

export type NewIncarnation = typeof incarnations.$inferInsert;

export async function insertIncarnation(db: Database, row: NewIncarnation): Promise<IncarnationRow> {
  const [stored] = await db
    .insert(incarnations)
    .values({ startGeneration: row.generation, ...row })
    .returning();
  if (!stored) throw new Error("The incarnation was not stored.");
  return stored;
}

export type NewOperation = Pick<OperationRow, "orgId" | "kind" | "requestedBy"> &
  Partial<Pick<OperationRow, "workspaceId" | "volumeId" | "generation">>;

/** @throws the unique violation of the driver when the subject already has an open operation. */
export async function insertOperation(db: Database, operation: NewOperation): Promise<OperationRow> {
  const [row] = await db.insert(operations).values(operation).returning();
  await db.execute(sql`select pg_notify('berth_operations', '')`);
  if (!row) throw new Error("The operation was not stored.");
  return row;
}

export type NewEraseOrder = Pick<
  EraseOrderRow,
  "orgId" | "volumeId" | "backend" | "reason" | "requestedBy" | "confirmedName"
>;

/**
 * Writes the order and moves the volume to `erasing`, in two statements. Call it in a transaction.
 *
 * @returns undefined when the volume is not in one of the `from` states, because another request came first.
 */
export async function orderErase(
  db: Database,
  order: NewEraseOrder,
  from: readonly VolumeState[],
): Promise<EraseOrderRow | undefined> {
  const moved = await db
    .update(volumes)
    // An expiry keeps the deadline: it is compared with the manifest once more before the first byte is deleted.
    .set({
      state: "erasing",
      heldBecause: null,
      ...(order.reason === "retention_expired" ? {} : { retainedUntil: null }),
    })
    .where(and(eq(volumes.id, order.volumeId), inArray(volumes.state, [...from])))
    .returning({ id: volumes.id });
  if (moved.length === 0) return undefined;
  const [row] = await db.insert(eraseOrders).values(order).returning();
  return row;
}
