import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openTestRows, type TestRows } from "../testing/rows.ts";
import { inTransaction } from "../transaction.ts";
import { findReceipt, loadEraseOrder, markErased, proveErased } from "./erase-orders.ts";
import { type NewEraseOrder, orderErase } from "./requests.ts";
import {
  attachVolume,
  expectedVolumes,
  expiredVolumes,
  findVolume,
  markVolumeCreated,
  retainVolume,
} from "./volumes.ts";

const proof = { verification: "looked", covered: ["all"], notCovered: [] };

const orderOf = (rows: TestRows, volumeId: string): NewEraseOrder => ({
  orgId: rows.orgId,
  volumeId,
  backend: "memory",
  reason: "erase_now",
  requestedBy: "test",
  confirmedName: "a",
});

describe("erase", () => {
  test("loads the order only between the request and the receipt", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const { id } = await rows.volume({ state: "retained" });
    expect(await loadEraseOrder(db, id)).toBeUndefined();
    const row = await orderErase(db, orderOf(rows, id), ["retained"]);
    expect((await loadEraseOrder(db, id))?.volumeId).toBe(id);
    await markErased(db, row?.id ?? "");
    expect(await findReceipt(db, orgId, id)).toBeUndefined();
    expect(await proveErased(db, row?.id ?? "", proof)).toMatchObject({ id, state: "erased", receiptId: row?.id });
    expect(await loadEraseOrder(db, id)).toBeUndefined();
    expect(await findReceipt(db, orgId, id)).toMatchObject({ ...proof, reason: "erase_now" });
    expect(await findReceipt(db, randomUUID(), id)).toBeUndefined();
  });

  test("is proved once; a second proof changes nothing", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.volume({ state: "retained" });
    const row = await orderErase(rows.db, orderOf(rows, id), ["retained"]);
    await markErased(rows.db, row?.id ?? "");
    await proveErased(rows.db, row?.id ?? "", proof);
    const first = await findReceipt(rows.db, rows.orgId, id);
    expect(await proveErased(rows.db, row?.id ?? "", { ...proof, verification: "again" })).toBeUndefined();
    expect(await findReceipt(rows.db, rows.orgId, id)).toEqual(first);
  });

  test("and a concurrent restore: exactly one gets the volume", async () => {
    await using rows = await openTestRows();
    for (let round = 0; round < 20; round += 1) {
      const workspaceId = randomUUID();
      const { id } = await rows.volume({ state: "retained", workspaceId });
      const [restored, ordered] = await Promise.all([
        attachVolume(rows.db, id, workspaceId),
        inTransaction(rows.db, (tx) => orderErase(tx, orderOf(rows, id), ["retained"])),
      ]);
      expect([restored, ordered].filter(Boolean)).toHaveLength(1);
      expect((await findVolume(rows.db, id))?.state).toBe(restored ? "attached" : "erasing");
    }
  });

  test("is ordered once, and only from the given states", async () => {
    await using rows = await openTestRows();
    const workspaceId = randomUUID();
    const { id } = await rows.volume({ state: "attached", workspaceId });
    expect(await orderErase(rows.db, orderOf(rows, id), ["retained"])).toBeUndefined();
    const orders = await Promise.all(
      [1, 2, 3, 4].map(() => inTransaction(rows.db, (tx) => orderErase(tx, orderOf(rows, id), ["attached"]))),
    );
    expect(orders.filter(Boolean)).toHaveLength(1);
    expect(await attachVolume(rows.db, id, randomUUID())).toBeUndefined();
    expect(await retainVolume(rows.db, { id, workspaceId }, null)).toBeUndefined();
  });
});

describe("constraints on volumes and erase orders reject", () => {
  test.each([
    ["volumes_erased_with_receipt", "update volumes set state = 'erased'"],
    ["volumes_erased_with_receipt", "update volumes set receipt_id = (select id from erase_orders)"],
    ["volumes_receipt_id_erase_orders_id_fk", "update volumes set state = 'erased', receipt_id = gen_random_uuid()"],
    ["volumes_clock", "update volumes set state = 'attached', retained_until = now()"],
    ["volumes_returned", "update volumes set state = 'retained', returned_at = now()"],
    ["volumes_state_known", "update volumes set state = 'gone'"],
    ["volumes_backend_known", "update volumes set backend = 'cloud'"],
    ["erase_orders_proved", "update erase_orders set verified_at = now()"],
    [
      "erase_orders_proved",
      "update erase_orders set verified_at = now(), erased_at = now(), verification = 'x', covered = '[]'",
    ],
    [
      "erase_orders_proved",
      "update erase_orders set verified_at = now(), verification = 'x', covered = '[]', not_covered = '[]'",
    ],
    ["erase_orders_confirmed", "update erase_orders set confirmed_name = null"],
    ["erase_orders_reason_known", "update erase_orders set reason = 'tidying'"],
    [
      "erase_orders_one_open_per_volume",
      "insert into erase_orders (org_id, volume_id, backend, reason, requested_by, confirmed_name) select org_id, volume_id, backend, reason, requested_by, confirmed_name from erase_orders",
    ],
  ])("%s: %s", async (constraint, statement) => {
    await using rows = await openTestRows();
    const { id } = await rows.volume({ state: "retained" });
    await orderErase(rows.db, orderOf(rows, id), ["retained"]);
    await expect(rows.pool.query(statement)).rejects.toMatchObject({ constraint });
  });

  test("only an expiry may have an erase order without a typed name", async () => {
    await using rows = await openTestRows();
    const { id } = await rows.volume({ state: "retained" });
    const order = { ...orderOf(rows, id), reason: "retention_expired" as const, confirmedName: null };
    expect(await orderErase(rows.db, order, ["retained"])).toBeDefined();
  });
});

describe("retention", () => {
  test("expires volumes with a deadline, and never those without", async () => {
    await using rows = await openTestRows();
    const { db } = rows;
    const workspaceId = randomUUID();
    const add = async (graceHours: number | null) => {
      const { id } = await rows.volume({ workspaceId });
      await retainVolume(db, { id, workspaceId }, graceHours);
      return id;
    };
    const [past, future, kept] = [await add(0), await add(1), await add(null)];
    const { id: attached } = await rows.volume();
    expect((await expiredVolumes(db, 10)).map(({ id }) => id)).toEqual([past]);
    const states = await Promise.all([future, kept, attached].map(async (id) => (await findVolume(db, id))?.state));
    expect(states).toEqual(["retained", "retained", "attached"]);
    expect((await findVolume(db, kept))?.retainedUntil).toBeNull();
  });

  test("ends when the volume is attached again", async () => {
    await using rows = await openTestRows();
    const workspaceId = randomUUID();
    const { id } = await rows.volume({ workspaceId });
    await retainVolume(rows.db, { id, workspaceId }, 0);
    expect(await attachVolume(rows.db, id, randomUUID())).toBeUndefined();
    expect(await attachVolume(rows.db, id, workspaceId)).toMatchObject({ state: "attached", retainedUntil: null });
    expect(await expiredVolumes(rows.db, 10)).toEqual([]);
  });

  test("keeps the first deadline when a volume is released again", async () => {
    await using rows = await openTestRows();
    const workspaceId = randomUUID();
    const { id } = await rows.volume({ workspaceId });
    expect(await retainVolume(rows.db, { id, workspaceId: randomUUID() }, 0)).toBeUndefined();
    const first = await retainVolume(rows.db, { id, workspaceId }, 5);
    expect(await retainVolume(rows.db, { id, workspaceId }, null)).toBeUndefined();
    expect((await findVolume(rows.db, id))?.retainedUntil).toEqual(first?.retainedUntil);
  });
});

test("a backend should hold the volumes that are made and not erased", async () => {
  await using rows = await openTestRows();
  const made = await rows.volume();
  await markVolumeCreated(rows.db, made.id);
  const retained = await rows.volume({ state: "retained", madeAt: new Date() });
  await rows.volume();
  const erasing = await rows.volume({ state: "retained", madeAt: new Date() });
  await orderErase(rows.db, orderOf(rows, erasing.id), ["retained"]);
  expect((await expectedVolumes(rows.db, "memory")).map(({ volume }) => volume.id).sort()).toEqual(
    [made.id, retained.id].sort(),
  );
});
