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

describe("erase order", () => {
  test("takes its id, volume and reason from its row", () => {
    const order = EraseOrder.fromRow(row);
    expect([order.id, order.volumeId, order.reason]).toEqual(["order", "volume", "erase_now"]);
  });

  test("cannot be changed after it was created", () => {
    const order = EraseOrder.fromRow(row);
    expect(() => Object.assign(order, { volumeId: "another" })).toThrow(TypeError);
    expect(order.volumeId).toBe("volume");
  });

  test("cannot be imitated by an object or constructed", () => {
    // @ts-expect-error The class is nominal: no object literal is an order.
    expect(take({ id: "order", volumeId: "volume", reason: "erase_now" })).toBe("volume");
    // @ts-expect-error Its stored row is not an order.
    expect(take(row)).toBe("volume");
    // @ts-expect-error A bare id is not an order.
    expect(take("volume")).toBeUndefined();
    // @ts-expect-error The constructor is private: `fromRow` is the only way.
    expect(new EraseOrder(row)).toBeInstanceOf(EraseOrder);
    // An object with its prototype lacks the private field.
    expect(() => take(Object.create(EraseOrder.prototype) as EraseOrder)).toThrow(TypeError);
  });

  test("is not exported by the package", async () => {
    const exported = await import("../index.ts");
    expect(Object.keys(exported)).not.toContain("EraseOrder");
  });
});
