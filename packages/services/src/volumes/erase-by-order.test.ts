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

/** Compiled but never run: each line below an `@ts-expect-error` must not compile. */
async function withoutAnOrder(volumeId: string): Promise<void> {
  // @ts-expect-error A volume id is not an erase order.
  await gateway.erase("memory", volumeId);
  // @ts-expect-error Nor is an object with the fields of an order, because the class is nominal.
  await gateway.erase("memory", { id: "order", volumeId, reason: ERASE_REASONS[0] });
  // @ts-expect-error The order is required.
  await gateway.erase("memory");
  // @ts-expect-error A proof of absence takes the same order.
  await gateway.proveAbsent("memory", volumeId);
  // @ts-expect-error The call that destroys instances cannot name a volume.
  await gateway.destroy("memory", { volumeId });
  // @ts-expect-error No other call removes a volume.
  await gateway.removeVolume("memory", volumeId);
  // @ts-expect-error Only the type is exported: services can name an order but not create one.
  const { EraseOrder: made } = await import("@berth/domain");
  expect(made).toBeUndefined();
}

describe("the backend gateway", () => {
  test("has exactly one call that erases, and it requires an order", () => {
    expect(withoutAnOrder).toBeTypeOf("function");
    const erasing = Object.keys(gateway).filter((call) => /erase|remove|delete|purge|wipe|prune/i.test(call));
    expect(erasing).toEqual(["erase"]);
    expect(asked).toEqual([]);
  });
});
