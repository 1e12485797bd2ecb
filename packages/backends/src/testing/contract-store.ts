import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Backend } from "../backend.ts";
import {
  bringOnline,
  type CurrentHarness,
  newSpec,
  newVolume,
  orderFor,
  type Promised,
  problem,
  provisionOptions,
} from "./contract-harness.ts";

const WRONG_STORES = [
  { store: "without a marker", choose: "unmarked", reason: "store_unidentified" },
  { store: "with another marker", choose: "swapped", reason: "store_swapped" },
] as const;

export function checksItsStore(current: CurrentHarness, shows: Promised): void {
  for (const { store, choose, reason } of WRONG_STORES) {
    shows(`in a store ${store} nothing counts as absent, and nothing is created, started or erased`, async () => {
      const { [choose]: strange, backend, machinesOf } = current();
      const volumeId = await newVolume(backend);
      await expectUnknown(strange, volumeId, reason);
      const spec = newSpec({ volumeId });
      await expect(strange.instances.provision(spec, provisionOptions())).rejects.toEqual(refusal(reason));
      expect(await machinesOf(spec.incarnationId)).toEqual([]);
      expect((await backend.volumes.observe(volumeId)).presence).toBe("present");
    });
  }

  shows("only the first claim of a store counts", async () => {
    const { backend, replica } = current();
    const claimed = await backend.store.claim([]);
    expect(await backend.store.claim([])).toBe(claimed);
    if (typeof replica !== "string") expect(await replica.store.claim([])).toBe(claimed);
  });

  shows("a store without a known volume is not claimed", async () => {
    const { backend } = current();
    const known = await newVolume(backend);
    await expect(backend.store.claim([known, randomUUID()])).rejects.toEqual(refusal("store_unidentified"));
  });
}

export function keepsVolumesWhole(current: CurrentHarness, shows: Promised): void {
  shows("a volume with a missing part is partial, names the part, and no instance starts on it", async () => {
    const { backend, losePart, machinesOf } = current();
    const volumeId = await newVolume(backend);
    await losePart(volumeId);
    const { presence, missingParts } = await backend.volumes.observe(volumeId);
    expect({ presence, missingParts }).toEqual({ presence: "partial", missingParts: [expect.any(String)] });
    expect((await backend.volumes.survey()).get(volumeId)).toEqual({ missingParts, manifest: null });
    expect(await backend.volumes.list()).toContain(volumeId);
    const spec = newSpec({ volumeId });
    await expect(backend.instances.provision(spec, provisionOptions())).rejects.toThrow();
    expect(await machinesOf(spec.incarnationId)).toEqual([]);
    await backend.eraser.erase(orderFor(volumeId, backend));
    expect(await backend.eraser.proveAbsent(orderFor(volumeId, backend))).toMatchObject({ presence: "absent" });
  });
}

export function keepsManifests(current: CurrentHarness, shows: Promised): void {
  shows("a manifest is stored next to the data until the data is erased", async () => {
    const { backend, replica } = current();
    const { volumes } = backend;
    const volumeId = await newVolume(backend);
    const manifestOf = async (of: Backend) => (await of.volumes.survey()).get(volumeId)?.manifest;
    expect(await manifestOf(backend)).toBeNull();
    const first = {
      workspaceId: randomUUID(),
      generation: 1,
      retainedUntil: null,
      writtenAt: new Date().toISOString(),
    };
    await volumes.writeManifest(volumeId, first);
    expect(await manifestOf(backend)).toEqual(first);
    const second = { ...first, generation: 2, retainedUntil: new Date(0).toISOString() };
    await volumes.writeManifest(volumeId, second);
    expect(await manifestOf(backend)).toEqual(second);
    if (typeof replica !== "string") expect(await manifestOf(replica)).toEqual(second);
    await backend.eraser.erase(orderFor(volumeId, backend));
    expect((await volumes.survey()).has(volumeId)).toBe(false);
    await expect(volumes.writeManifest(randomUUID(), first)).rejects.toEqual(problem({ code: "not_found" }));
    await volumes.create(volumeId);
    expect(await manifestOf(backend)).toBeNull();
  });

  shows("a change since a given time is detected, or reported as undetectable", async () => {
    const harness = current();
    const { volumes, instances } = harness.backend;
    const volumeId = await newVolume(harness.backend);
    const spec = newSpec({ volumeId });
    const files = await bringOnline(harness, spec);
    await files.write("/workspace", "/before.txt", Buffer.from("before"));
    // The file system's clock advances in steps of a few milliseconds, and a change within one step cannot be ruled
    // out.
    let before = new Date();
    await expect
      .poll(async () => {
        before = new Date();
        return volumes.changedSince(volumeId, before);
      })
      .not.toBe(true);
    await expect
      .poll(async () => {
        await files.write("/workspace", "/after.txt", Buffer.from("after"));
        return volumes.changedSince(volumeId, before);
      })
      .not.toBe(false);
    await instances.destroy(spec);
  });
}

async function expectUnknown(strange: Backend, volumeId: string, reason: string): Promise<void> {
  const { instances, volumes, eraser } = strange;
  const spec = newSpec();
  const order = orderFor(volumeId, strange);
  const refused = refusal(reason);
  expect((await volumes.observe(volumeId)).presence).toBe("unknown");
  expect(await eraser.proveAbsent(order)).toMatchObject({ presence: "unknown" });
  expect(await instances.observe(spec)).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("Until then"),
  });
  await expect(volumes.list()).rejects.toEqual(refused);
  await expect(volumes.survey()).rejects.toEqual(refused);
  await expect(volumes.create(randomUUID())).rejects.toEqual(refused);
  await expect(eraser.erase(order)).rejects.toEqual(refused);
  await expect(instances.list()).rejects.toEqual(refused);
  await expect(instances.stop(spec)).rejects.toEqual(refused);
  await expect(instances.start(spec, spec.boot.tunnelToken)).rejects.toEqual(refused);
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
