import { EraseOrder } from "@berth/domain/erase-order";
import { and, eq, getTableColumns, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { eraseOrders, volumes } from "../schema/index.ts";
import type { VolumeRow } from "./volumes.ts";

export type EraseOrderRow = typeof eraseOrders.$inferSelect;

/** The only code that constructs an `EraseOrder`: from the row of an open order, for a volume in state `erasing`. */
export async function loadEraseOrder(db: Database, volumeId: string): Promise<EraseOrder | undefined> {
  const [row] = await db
    .select({ order: eraseOrders })
    .from(eraseOrders)
    .innerJoin(volumes, eq(volumes.id, eraseOrders.volumeId))
    .where(and(eq(eraseOrders.volumeId, volumeId), isNull(eraseOrders.verifiedAt), eq(volumes.state, "erasing")));
  return row && EraseOrder.fromRow(row.order);
}

/** Set before data is deleted. From then on the order cannot be withdrawn. */
export async function beginErase(db: Database, orderId: string): Promise<void> {
  await db
    .update(eraseOrders)
    .set({ begunAt: sql`coalesce(${eraseOrders.begunAt}, now())` })
    .where(eq(eraseOrders.id, orderId));
}

export const hasEraseBegun = async (db: Database, orderId: string): Promise<boolean> =>
  (
    await db
      .select()
      .from(eraseOrders)
      .where(and(eq(eraseOrders.id, orderId), isNotNull(eraseOrders.begunAt)))
  ).length > 0;

/**
 * Withdraws an order of an expired deadline that has not begun, and retains the volume.
 *
 * @param because why the deadline is on hold; null keeps the deadline
 */
export async function withdrawErase(
  db: Database,
  orderId: string,
  because: string | null,
): Promise<VolumeRow | undefined> {
  const [order] = await db
    .delete(eraseOrders)
    .where(
      and(
        eq(eraseOrders.id, orderId),
        eq(eraseOrders.reason, "retention_expired"),
        isNull(eraseOrders.begunAt),
        isNull(eraseOrders.verifiedAt),
      ),
    )
    .returning();
  if (!order) return undefined;
  const [row] = await db
    .update(volumes)
    .set({ state: "retained", heldBecause: because })
    .where(and(eq(volumes.id, order.volumeId), eq(volumes.state, "erasing")))
    .returning();
  return row;
}

export async function markErased(db: Database, orderId: string): Promise<void> {
  await db
    .update(eraseOrders)
    .set({ erasedAt: sql`coalesce(${eraseOrders.erasedAt}, now())` })
    .where(eq(eraseOrders.id, orderId));
}

export interface EraseProof {
  verification: string;
  covered: string[];
  notCovered: string[];
}

/** Turns the order into a receipt and sets the volume to `erased`, once. */
export async function proveErased(db: Database, orderId: string, proof: EraseProof): Promise<VolumeRow | undefined> {
  await db
    .update(eraseOrders)
    .set({ ...proof, verifiedAt: sql`now()` })
    .where(and(eq(eraseOrders.id, orderId), isNull(eraseOrders.verifiedAt)));
  const [row] = await db
    .update(volumes)
    .set({
      ...{ state: "erased", receiptId: orderId, returnedAt: null, retainedUntil: null },
      ...{ sizeBytes: 0, measuredAt: sql`now()` },
    })
    .where(
      and(
        eq(volumes.state, "erasing"),
        sql`${volumes.id} = (select volume_id from erase_orders where id = ${orderId})`,
      ),
    )
    .returning();
  return row;
}

/** The receipt of an erased volume. A volume that reappeared has none until it is erased again. */
export const findReceipt = async (db: Database, orgId: string, volumeId: string): Promise<EraseOrderRow | undefined> =>
  (
    await db
      .select(getTableColumns(eraseOrders))
      .from(eraseOrders)
      .innerJoin(volumes, eq(volumes.receiptId, eraseOrders.id))
      .where(and(eq(volumes.orgId, orgId), eq(volumes.id, volumeId)))
  )[0];
