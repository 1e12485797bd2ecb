import { ERASE_REASONS, type EraseOrder } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { type BackendDoor, openBackendDoor } from "./backend-door.ts";

const asked: unknown[] = [];
const backend = {
  kind: "memory",
  eraser: { erase: async (order: EraseOrder) => void asked.push(order) },
} as unknown as Parameters<typeof openBackendDoor>[0][number];
const door: BackendDoor = openBackendDoor([backend], () => {});

/** Never run: this file proves what does not compile. */
async function withoutAnOrder(volumeId: string): Promise<void> {
  // @ts-expect-error A volume's id is not an order to erase it.
  await door.erase("memory", volumeId);
  // @ts-expect-error Nor is an object that says what an order says: the class is nominal.
  await door.erase("memory", { id: "order", volumeId, reason: ERASE_REASONS[0] });
  // @ts-expect-error Nothing at all least of all.
  await door.erase("memory");
  // @ts-expect-error To prove absence takes the same order.
  await door.proveAbsent("memory", volumeId);
  // @ts-expect-error What destroys machines cannot name a volume.
  await door.destroy("memory", { volumeId });
  // @ts-expect-error There is no other call that ends a volume.
  await door.removeVolume("memory", volumeId);
  // @ts-expect-error The class comes without its constructor: services can name an order and not make one.
  const { EraseOrder: made } = await import("@berth/domain");
  expect(made).toBeUndefined();
}

describe("the door to the backends", () => {
  test("has one call that erases, and it takes an order", () => {
    expect(withoutAnOrder).toBeTypeOf("function");
    const erasing = Object.keys(door).filter((call) => /erase|remove|delete|purge|wipe|prune/i.test(call));
    expect(erasing).toEqual(["erase"]);
    expect(asked).toEqual([]);
  });
});
