import { openBackendGateway } from "@berth/backends";
import { type Backend, SealedBackend } from "@berth/backends/testing";
import { ERASE_REASONS, type EraseOrder } from "@berth/domain";
import { describe, expect, test } from "vitest";

const asked: unknown[] = [];
const backend = {
  kind: "memory",
  eraser: { erase: async (order: EraseOrder) => void asked.push(order) },
} as unknown as Backend;
const gateway = openBackendGateway(
  [new SealedBackend(backend)],
  () => {},
  async () => {},
);

/** Never run: this file proves what does not compile. */
async function withoutAnOrder(volumeId: string): Promise<void> {
  // @ts-expect-error A volume's id is not an order to erase it.
  await gateway.erase("memory", volumeId);
  // @ts-expect-error Nor is an object that says what an order says: the class is nominal.
  await gateway.erase("memory", { id: "order", volumeId, reason: ERASE_REASONS[0] });
  // @ts-expect-error Nothing at all least of all.
  await gateway.erase("memory");
  // @ts-expect-error To prove absence takes the same order.
  await gateway.proveAbsent("memory", volumeId);
  // @ts-expect-error What destroys machines cannot name a volume.
  await gateway.destroy("memory", { volumeId });
  // @ts-expect-error There is no other call that ends a volume.
  await gateway.removeVolume("memory", volumeId);
  // @ts-expect-error The class comes without its constructor: services can name an order and not make one.
  const { EraseOrder: made } = await import("@berth/domain");
  expect(made).toBeUndefined();
}

describe("the backend gateway", () => {
  test("has one call that erases, and it takes an order", () => {
    expect(withoutAnOrder).toBeTypeOf("function");
    const erasing = Object.keys(gateway).filter((call) => /erase|remove|delete|purge|wipe|prune/i.test(call));
    expect(erasing).toEqual(["erase"]);
    expect(asked).toEqual([]);
  });
});
