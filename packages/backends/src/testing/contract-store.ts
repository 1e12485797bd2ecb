import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Backend } from "../backend.ts";
import { type Current, calm, newSpec, newVolume, orderFor, type Shows } from "./contract-bench.ts";

const STRANGE_STORES = [
  { store: "without a mark", choose: "unmarked", reason: "store_unidentified" },
  { store: "with another mark", choose: "swapped", reason: "store_swapped" },
] as const;

export function checksItsStore(current: Current, shows: Shows): void {
  for (const { store, choose, reason } of STRANGE_STORES) {
    shows("C5, C6", `in a store ${store} nothing is absent, and nothing is made, started or erased`, async () => {
      const { [choose]: strange, backend, machinesOf } = current();
      const volumeId = await newVolume(backend);
      await expectUnknown(strange, volumeId, reason);
      const spec = newSpec({ volumeId });
      await expect(strange.instances.provision(spec, calm())).rejects.toEqual(refusal(reason));
      expect(await machinesOf(spec.incarnationId)).toEqual([]);
      expect(await backend.volumes.observe(volumeId)).toBe("present");
    });
  }

  shows("C5", "a store is claimed once, by whoever comes first", async () => {
    const { backend, replica } = current();
    const claimed = await backend.store.claim([]);
    expect(await backend.store.claim([])).toBe(claimed);
    if (typeof replica !== "string") expect(await replica.store.claim([])).toBe(claimed);
  });

  shows("C5", "a store without a known volume is not claimed", async () => {
    const { backend } = current();
    const known = await newVolume(backend);
    await expect(backend.store.claim([known, randomUUID()])).rejects.toEqual(refusal("store_unidentified"));
  });
}

async function expectUnknown(strange: Backend, volumeId: string, reason: string): Promise<void> {
  const { instances, volumes, eraser } = strange;
  const spec = newSpec();
  const order = orderFor(volumeId, strange);
  const refused = refusal(reason);
  expect(await volumes.observe(volumeId)).toBe("unknown");
  expect(await eraser.proveAbsent(order)).toMatchObject({ presence: "unknown" });
  expect(await instances.observe(spec)).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("Until then"),
  });
  await expect(volumes.list()).rejects.toEqual(refused);
  await expect(volumes.create(randomUUID())).rejects.toEqual(refused);
  await expect(eraser.erase(order)).rejects.toEqual(refused);
  await expect(instances.list()).rejects.toEqual(refused);
  await expect(instances.stop(spec)).rejects.toEqual(refused);
  await expect(instances.start(spec)).rejects.toEqual(refused);
  await expect(instances.destroy(spec)).rejects.toEqual(refused);
  expect(await strange.health()).toEqual({ healthy: false, reason: expect.stringContaining("Until then") });
}

const refusal = (reason: string): unknown =>
  expect.objectContaining({
    problem: expect.objectContaining({
      code: "backend_unavailable",
      retryable: true,
      details: expect.objectContaining({ reason }),
    }),
  });
