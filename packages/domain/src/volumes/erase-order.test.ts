import { describe, expect, test } from "vitest";
import { EraseOrder, type EraseOrderRow } from "./erase-order.ts";

const row: EraseOrderRow = {
  id: "order",
  volumeId: "volume",
  backend: "memory",
  reason: "erase_now",
  requestedBy: "owner",
  requestedAt: new Date(0),
};

const take = (order: EraseOrder): string => order.volumeId;

describe("an erase order", () => {
  test("comes from its row and says what it is for", () => {
    const order = EraseOrder.fromRow(row);
    expect([order.id, order.volumeId, order.reason]).toEqual(["order", "volume", "erase_now"]);
  });

  test("cannot be changed after it was made", () => {
    const order = EraseOrder.fromRow(row);
    expect(() => Object.assign(order, { volumeId: "another" })).toThrow(TypeError);
    expect(order.volumeId).toBe("volume");
  });

  test("is nothing an object can be written to look like, and nothing one can make", () => {
    // @ts-expect-error The class is nominal: no literal passes for an order.
    expect(take({ id: "order", volumeId: "volume", reason: "erase_now" })).toBe("volume");
    // @ts-expect-error Nor does what is stored of one.
    expect(take(row)).toBe("volume");
    // @ts-expect-error A bare id least of all.
    expect(take("volume")).toBeUndefined();
    // @ts-expect-error The constructor is private: `fromRow` is the only way.
    expect(new EraseOrder(row)).toBeInstanceOf(EraseOrder);
    // A copy of an order has lost what makes it one.
    expect(() => take(Object.create(EraseOrder.prototype) as EraseOrder)).toThrow(TypeError);
  });

  test("is not made by anything the package exports", async () => {
    const exported = await import("../index.ts");
    expect(Object.keys(exported)).not.toContain("EraseOrder");
  });
});
