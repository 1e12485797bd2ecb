import { expect, test } from "vitest";
import { bringOnline, newSpec, newVolume, startStopped } from "../testing/contract-harness.ts";
import { findTestStores } from "../testing/stores/find-test-stores.ts";

const docker = (await findTestStores(process.env)).find(({ kind }) => kind === "docker");
const skipReason = docker?.reason ?? null;
if (skipReason !== null) process.stderr.write(`Skipped: restored engine volumes on Docker. ${skipReason}\n`);

test.skipIf(skipReason !== null)(
  "a container starts after the engine's volumes were restored from an older copy",
  {
    timeout: 120_000,
  },
  async () => {
    if (!docker) throw new Error("There is no Docker store.");
    await using store = await docker.open();
    const { backend } = store;
    const volumeId = await newVolume(backend);
    await store.plant(volumeId);
    const planted = await store.checksum(volumeId);
    // The first start creates the volume of the runtime, which all containers share.
    await bringOnline(store, newSpec());
    const restoreCopy = await store.copy();
    const [kept, retried] = [newSpec({ volumeId, limits: LIMITS }), newSpec({ limits: LIMITS })];
    for (const spec of [kept, retried]) await bringOnline(store, spec);
    await restoreCopy();
    expect(await store.checksum(volumeId)).toBe(planted);

    // A resume starts a kept instance, and a retried start provisions it again.
    const daemon = await startStopped(store, kept);
    expect(await daemon.read("/workspace", "kept.bin")).toHaveLength(100_000);
    await expect.poll(() => store.tunnel.isConnected(retried.incarnationId), { timeout: 10_000 }).toBe(false);
    await bringOnline(store, retried);
  },
);

/** With a read-only root, the home folder is also a volume of the instance. */
const LIMITS = { cpus: 1, memoryMb: 256, pids: 128, readOnlyRoot: true };
