import { existsSync } from "node:fs";
import { startDaemon } from "@berth/daemon/start";
import { expect, test } from "vitest";
import { bringOnline, calm, claimStore, newSpec, newVolume, problem, startAgain } from "../testing/contract-bench.ts";
import { Sentinels, TunnelBench } from "../testing/tunnel-bench.ts";
import { createMemoryBackend } from "./index.ts";

const openBench = async () => {
  const tunnel = await TunnelBench.open();
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
  await using bench = await openBench();
  const spec = newSpec();
  bench.backend.faults.failProvision(new Error("first"), new Error("second"));
  await expect(bench.backend.instances.provision(spec, calm())).rejects.toThrow("first");
  await expect(bench.backend.instances.provision(spec, calm())).rejects.toThrow("second");
  expect((await bench.backend.instances.observe(spec)).state).toBe("absent");
  await bench.backend.instances.provision(spec, calm());
  expect((await bench.backend.instances.observe(spec)).state).toBe("running");
});

test("creates the instance and loses the answer", async () => {
  await using bench = await openBench();
  const spec = newSpec();
  bench.backend.faults.loseProvisionAnswer();
  await expect(bench.backend.instances.provision(spec, calm())).rejects.toEqual(
    problem({ code: "backend_unavailable" }),
  );
  expect((await bench.backend.instances.observe(spec)).state).toBe("running");
  await bench.backend.instances.provision(spec, calm());
  expect(await bench.backend.instances.list()).toHaveLength(1);
});

test("hangs until cancelled, and delays for the requested time", async () => {
  await using bench = await openBench();
  const spec = newSpec();
  bench.backend.faults.hangProvision();
  const controller = new AbortController();
  const hanging = bench.backend.instances.provision(spec, { ...calm(), signal: controller.signal });
  await expect.poll(() => bench.backend.faults.hangsAhead).toBe(0);
  controller.abort(new Error("enough"));
  await expect(hanging).rejects.toThrow("enough");
  expect((await bench.backend.instances.observe(spec)).state).toBe("absent");

  bench.backend.faults.delayProvision(50);
  const before = performance.now();
  await bench.backend.instances.provision(spec, calm());
  expect(performance.now() - before).toBeGreaterThan(45);
});

test("is unreachable on request, and keeps instances and data", async () => {
  await using bench = await openBench();
  const volumeId = await newVolume(bench.backend);
  const spec = newSpec({ volumeId });
  const files = await bringOnline(bench, spec);
  const sentinels = await Sentinels.plant(files, "/workspace");
  bench.backend.faults.setReachable(false);
  expect((await bench.backend.instances.observe(spec)).state).toBe("unknown");
  expect((await bench.backend.health()).healthy).toBe(false);
  bench.backend.faults.setReachable(true);
  expect((await bench.backend.instances.observe(spec)).state).toBe("running");
  await bench.backend.faults.kill(spec.incarnationId);
  expect(await bench.backend.instances.observe(spec)).toEqual({ state: "stopped", reason: "killed by a fault" });
  expect(await sentinels.found(await startAgain(bench, spec))).toEqual(sentinels.planted);
});

test("runs hundreds of instances in one process", async () => {
  await using bench = await openBench();
  const specs = Array.from({ length: 300 }, () => newSpec());
  for (const spec of specs) bench.tunnel.expect(spec);
  await Promise.all(specs.map((spec) => bench.backend.instances.provision(spec, calm())));
  await Promise.all(specs.map(({ incarnationId }) => bench.tunnel.daemon(incarnationId)));
  expect(await bench.backend.instances.list()).toHaveLength(300);
});

test("leaves no scratch folder behind", async () => {
  await using tunnel = await TunnelBench.open();
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
