import { existsSync } from "node:fs";
import { startDaemon } from "@berth/daemon/start";
import { expect, test } from "vitest";
import {
  bringOnline,
  claimStore,
  newSpec,
  newVolume,
  problem,
  provisionOptions,
  startStopped,
} from "../testing/contract-harness.ts";
import { Sentinels, TunnelHarness } from "../testing/tunnel-harness.ts";
import { createMemoryBackend } from "./index.ts";

const openHarness = async () => {
  const tunnel = await TunnelHarness.open();
  const backend = createMemoryBackend({ tunnel, startDaemon });
  await claimStore(backend);
  return {
    ...{ tunnel, backend },
    async [Symbol.asyncDispose]() {
      await backend.close();
      await tunnel[Symbol.asyncDispose]();
    },
  };
};

test("fails the requested number of provisions and creates nothing", async () => {
  await using harness = await openHarness();
  const spec = newSpec();
  harness.backend.faults.failProvision(new Error("first"), new Error("second"));
  await expect(harness.backend.instances.provision(spec, provisionOptions())).rejects.toThrow("first");
  await expect(harness.backend.instances.provision(spec, provisionOptions())).rejects.toThrow("second");
  expect((await harness.backend.instances.observe(spec)).state).toBe("absent");
  await harness.backend.instances.provision(spec, provisionOptions());
  expect((await harness.backend.instances.observe(spec)).state).toBe("running");
});

test("creates the instance and loses the response", async () => {
  await using harness = await openHarness();
  const spec = newSpec();
  harness.backend.faults.loseProvisionResponse();
  await expect(harness.backend.instances.provision(spec, provisionOptions())).rejects.toEqual(
    problem({ code: "backend_unavailable" }),
  );
  expect((await harness.backend.instances.observe(spec)).state).toBe("running");
  await harness.backend.instances.provision(spec, provisionOptions());
  expect(await harness.backend.instances.list()).toHaveLength(1);
});

test("hangs until cancelled, and delays for the requested time", async () => {
  await using harness = await openHarness();
  const spec = newSpec();
  harness.backend.faults.hangProvision();
  const controller = new AbortController();
  const hanging = harness.backend.instances.provision(spec, { ...provisionOptions(), signal: controller.signal });
  await expect.poll(() => harness.backend.faults.hangsAhead).toBe(0);
  controller.abort(new Error("enough"));
  await expect(hanging).rejects.toThrow("enough");
  expect((await harness.backend.instances.observe(spec)).state).toBe("absent");

  harness.backend.faults.delayProvision(50);
  const before = performance.now();
  await harness.backend.instances.provision(spec, provisionOptions());
  expect(performance.now() - before).toBeGreaterThan(45);
});

test("is unreachable on request, and keeps instances and data", async () => {
  await using harness = await openHarness();
  const volumeId = await newVolume(harness.backend);
  const spec = newSpec({ volumeId });
  const files = await bringOnline(harness, spec);
  const sentinels = await Sentinels.plant(files, "/workspace");
  harness.backend.faults.setReachable(false);
  expect((await harness.backend.instances.observe(spec)).state).toBe("unknown");
  expect((await harness.backend.health()).healthy).toBe(false);
  harness.backend.faults.setReachable(true);
  expect((await harness.backend.instances.observe(spec)).state).toBe("running");
  await harness.backend.faults.kill(spec.incarnationId);
  expect(await harness.backend.instances.observe(spec)).toEqual({ state: "stopped", reason: "killed by a fault" });
  expect(await sentinels.found(await startStopped(harness, spec))).toEqual(sentinels.planted);
});

test("runs hundreds of instances in one process", async () => {
  await using harness = await openHarness();
  const specs = Array.from({ length: 300 }, () => newSpec());
  for (const spec of specs) harness.tunnel.expect(spec);
  await Promise.all(specs.map((spec) => harness.backend.instances.provision(spec, provisionOptions())));
  await Promise.all(specs.map(({ incarnationId }) => harness.tunnel.daemon(incarnationId)));
  expect(await harness.backend.instances.list()).toHaveLength(300);
});

test("leaves no scratch folder behind", async () => {
  await using tunnel = await TunnelHarness.open();
  const roots: string[] = [];
  const backend = createMemoryBackend({
    tunnel,
    startDaemon: (boot, options) => {
      roots.push(...Object.values(boot.roots));
      return startDaemon(boot, options);
    },
  });
  await claimStore(backend);
  await bringOnline({ backend, tunnel }, newSpec({ volumeId: await newVolume(backend) }));
  expect(roots.map((root) => existsSync(root))).toEqual([true, true, true]);
  await backend.close();
  expect(roots.map((root) => existsSync(root))).toEqual([false, false, false]);
});
