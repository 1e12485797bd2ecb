import { randomUUID } from "node:crypto";
import { bundleDaemon } from "@berth/daemon";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { daemonProgramKey } from "../daemon-program.ts";
import {
  bringOnline,
  newSpec,
  newVolume,
  problem,
  provisionOptions,
  startStopped,
} from "../testing/contract-harness.ts";
import { ensureTestImage, TEST_IMAGES } from "../testing/docker-test-image.ts";
import { inContainer } from "../testing/in-container.ts";
import { findDockerForTests } from "../testing/require-docker.ts";
import { openDockerHarness } from "../testing/subjects.ts";
import { TinyRegistry } from "../testing/tiny-registry.ts";
import { Sentinels } from "../testing/tunnel-harness.ts";
import { connectDocker, nullWhenMissing } from "./engine.ts";
import { containerName, runtimeVolumeName } from "./names.ts";

const bundle = await bundleDaemon();
const { path: bundlePath, companions, version } = bundle;
const daemon = { bundlePath, companions, version, nodePath: process.execPath };
const found = await findDockerForTests(process.env);

describe.skipIf(found.reason !== null)("an image on the docker backend", () => {
  let harness: Awaited<ReturnType<typeof openDockerHarness>>;
  beforeAll(async () => {
    harness = await openDockerHarness({
      host: undefined,
      daemon,
      defaultImage: await ensureTestImage(connectDocker(), "glibc"),
    });
  });
  afterAll(() => harness?.[Symbol.asyncDispose]());

  const volumesOf = async (incarnationId: string) => {
    const { Mounts } = await harness.docker.getContainer(containerName(incarnationId)).inspect();
    return Mounts.filter(({ Type }) => Type === "volume").map(({ Name }) => Name ?? "");
  };

  test("without glibc is refused with a remedy", async () => {
    const image = await ensureTestImage(harness.docker, "empty");
    const refused = harness.backend.instances.provision(newSpec({ image }), provisionOptions());
    await expect(refused).rejects.toEqual(problem({ code: "invalid_input", retryable: false }));
    await expect(refused).rejects.toThrow(/has no glibc.*Choose an image/);
  });

  test("without libstdc++ stops the instance with a reason that names the package", async () => {
    const image = await ensureTestImage(harness.docker, "bare");
    const spec = newSpec({ image });
    await harness.backend.instances.provision(spec, provisionOptions());
    await expect
      .poll(async () => (await harness.backend.instances.observe(spec)).reason, { timeout: 10_000 })
      .toBe(
        `The image ${image} lacks libstdc++.so.6, which a workspace needs. Install its package in the image (Debian and Ubuntu: libstdc++6), or choose another image.`,
      );
    expect((await harness.backend.instances.bootLog(spec, 1000)).text).toContain("libstdc++.so.6");
  });

  test("that cannot be pulled is refused permanently with a remedy", async () => {
    const image = `berth-test-nowhere-${randomUUID()}:1`;
    const messages: string[] = [];
    const options = {
      signal: AbortSignal.timeout(50_000),
      onProgress: (message: string) => void messages.push(message),
    };
    const refused = harness.backend.instances.provision(newSpec({ image }), options);
    await expect(refused).rejects.toEqual(problem({ code: "invalid_input", retryable: false }));
    await expect(refused).rejects.toThrow(`docker pull ${image}`);
    expect(messages[0]).toBe(`Pulling ${image}`);
  });

  test("is pulled once for concurrent starts, survives a cancelled one, and reports its progress", async () => {
    const registry = await TinyRegistry.serving(harness.docker, TEST_IMAGES.glibc);
    try {
      registry.hold();
      const messages: string[] = [];
      const leaving = new AbortController();
      const left = harness.backend.instances.provision(newSpec({ image: registry.image }), {
        signal: leaving.signal,
        onProgress: (message) => void messages.push(message),
      });
      const stays = newSpec({ image: registry.image });
      harness.tunnel.expect(stays);
      const heard: string[] = [];
      const stayed = harness.backend.instances.provision(stays, {
        ...provisionOptions(),
        onProgress: (message) => void heard.push(message),
      });
      const asked = () => [...registry.requests.keys()].some((path) => path.includes("/blobs/"));
      await expect.poll(asked, { timeout: 20_000 }).toBe(true);
      leaving.abort(new Error("left"));
      await expect(left).rejects.toThrow("left");
      registry.release();
      await stayed;
      await harness.tunnel.daemon(stays.incarnationId);
      expect(messages[0]).toBe(`Pulling ${registry.image}`);
      expect(heard.at(-1)).toMatch(/^Pulling .*: \d+ %$/);
      const manifests = [...registry.requests].filter(([path]) => path.endsWith("/manifests/1"));
      expect(manifests.map(([, times]) => times)).toEqual([expect.toSatisfy((times: number) => times <= 2)]);
      await harness.backend.instances.destroy(stays);
    } finally {
      registry.close();
      await nullWhenMissing(harness.docker.getImage(registry.image).remove());
    }
  });

  test.each([
    { disk: "an ordinary root", readOnlyRoot: false, onVolume: true },
    { disk: "an ordinary root and no volume", readOnlyRoot: false, onVolume: false },
    { disk: "a read-only root", readOnlyRoot: true, onVolume: true },
    { disk: "a read-only root and no volume", readOnlyRoot: true, onVolume: false },
  ])("with an ordinary user makes its roots writable on $disk", async ({ readOnlyRoot, onVolume }) => {
    const image = await ensureTestImage(harness.docker, "user");
    const limits = { cpus: 1, memoryMb: 256, pids: 99, readOnlyRoot };
    const spec = newSpec({ image, limits, volumeId: onVolume ? await newVolume(harness.backend) : null });
    const files = await bringOnline(harness, spec);
    const container = harness.docker.getContainer(containerName(spec.incarnationId));
    expect((await inContainer(container, ["id", "-u"])).output).toBe("1000\n");
    const planted = [];
    for (const root of ["/workspace", "/configs", "/agent-home"] as const)
      planted.push(await Sentinels.plant(files, root));
    await harness.backend.instances.stop(spec);
    const again = await startStopped(harness, spec);
    for (const sentinels of planted) expect(await sentinels.found(again)).toEqual(sentinels.planted);
  });

  test("with declared volumes gets named ones, which survive stop and end with destroy", async () => {
    const image = await ensureTestImage(harness.docker, "user");
    const spec = newSpec({ image });
    await bringOnline(harness, spec);
    const container = harness.docker.getContainer(containerName(spec.incarnationId));
    expect(await inContainer(container, ["sh", "-c", "echo kept > /declared/file"], "0")).toEqual({
      exitCode: 0,
      output: "",
    });
    await harness.backend.instances.stop(spec);
    await startStopped(harness, spec);
    expect((await inContainer(container, ["cat", "/declared/file"])).output).toBe("kept\n");

    const names = await volumesOf(spec.incarnationId);
    expect(names.every((name) => name.startsWith("berth-"))).toBe(true);
    const own = names.filter((name) => name.includes(spec.incarnationId));
    const parts = own.map((name) => name.slice(name.indexOf(spec.incarnationId) + spec.incarnationId.length + 1));
    expect(parts.sort()).toEqual(["disk-configs", "disk-image-0", "disk-token", "disk-workspace"]);
    await harness.backend.instances.destroy(spec);
    const { Volumes } = await harness.docker.listVolumes({ filters: JSON.stringify({ name: [spec.incarnationId] }) });
    expect(Volumes ?? []).toEqual([]);
  });

  test("gets its daemon from a runtime volume that is refilled after a crash left it incomplete", async () => {
    const version = `test-${randomUUID()}`;
    const fresh = await openDockerHarness({
      host: undefined,
      daemon: { ...daemon, version },
      defaultImage: await ensureTestImage(connectDocker(), "glibc"),
    });
    const name = runtimeVolumeName(await daemonProgramKey({ ...daemon, version }));
    try {
      await fresh.docker.createVolume({ Name: name });
      await bringOnline(fresh, newSpec());
      // A second process finds the volume complete, and recreates it after a removal.
      const spec = newSpec();
      fresh.tunnel.expect(spec);
      await fresh.replica.instances.provision(spec, provisionOptions());
      await fresh.tunnel.daemon(spec.incarnationId);
      for (const instance of await fresh.backend.instances.list()) await fresh.backend.instances.destroy(instance);
      await fresh.docker.getVolume(name).remove();
      const { incarnationId } = newSpec();
      await bringOnline(fresh, newSpec({ incarnationId }));
      expect(await fresh.machinesOf(incarnationId)).toHaveLength(1);
    } finally {
      await fresh[Symbol.asyncDispose]();
      await fresh.docker.getVolume(name).remove();
    }
  });
});
