import { expect } from "vitest";
import type { InstanceSpec } from "../backend.ts";
import {
  bringOnline,
  type CurrentHarness,
  newSpec,
  newVolume,
  type Promised,
  problem,
  provisionOptions,
  startStopped,
} from "./contract-harness.ts";
import { Sentinels } from "./tunnel-harness.ts";

export function idempotent(current: CurrentHarness, shows: Promised): void {
  shows("a repeated provision keeps the running instance", async () => {
    const harness = current();
    const spec = newSpec();
    const before = await (await bringOnline(harness, spec)).status();
    await harness.backend.instances.provision(spec, provisionOptions());
    const after = await (await harness.tunnel.daemon(spec.incarnationId)).status();
    expect(after.startedAt).toBe(before.startedAt);
    expect(await harness.machinesOf(spec.incarnationId)).toHaveLength(1);
  });

  shows("concurrent provisions create one instance", async () => {
    const harness = current();
    const spec = newSpec({ volumeId: await newVolume(harness.backend) });
    harness.tunnel.expect(spec);
    await Promise.all([1, 2, 3, 4].map(() => harness.backend.instances.provision(spec, provisionOptions())));
    const { incarnationId } = await (await harness.tunnel.daemon(spec.incarnationId)).status();
    expect(incarnationId).toBe(spec.incarnationId);
    expect(await harness.machinesOf(incarnationId)).toHaveLength(1);
  });

  shows("concurrent provisions from two processes create one instance", async ({ skip }) => {
    const harness = current();
    const { backend, replica } = harness;
    if (typeof replica === "string") return skip(replica);
    const spec = newSpec();
    harness.tunnel.expect(spec);
    await Promise.all(
      [backend, replica, backend, replica].map((each) => each.instances.provision(spec, provisionOptions())),
    );
    await harness.tunnel.daemon(spec.incarnationId);
    expect(await harness.machinesOf(spec.incarnationId)).toHaveLength(1);
  });

  shows("provision starts an existing instance that is stopped", async () => {
    const harness = current();
    const spec = newSpec();
    await bringOnline(harness, spec);
    await harness.backend.instances.stop(spec);
    await expect.poll(() => harness.tunnel.isConnected(spec.incarnationId)).toBe(false);
    await harness.backend.instances.provision(spec, provisionOptions());
    await harness.tunnel.daemon(spec.incarnationId);
    expect((await harness.backend.instances.observe(spec)).state).toBe("running");
  });

  shows("stop, destroy and start are idempotent, and an unknown instance counts as destroyed", async () => {
    const { backend, ...harness } = current();
    const never = newSpec();
    await backend.instances.stop(never);
    await backend.instances.destroy(never);
    await expect(backend.instances.start(never, never.boot.tunnelToken)).rejects.toEqual(
      problem({ code: "not_found" }),
    );

    const spec = newSpec();
    await bringOnline({ backend, ...harness }, spec);
    await backend.instances.start(spec, spec.boot.tunnelToken);
    expect((await backend.instances.observe(spec)).state).toBe("running");
    await backend.instances.stop(spec);
    await backend.instances.stop(spec);
    expect((await backend.instances.observe(spec)).state).toBe("stopped");
    await Promise.all([backend.instances.destroy(spec), backend.instances.destroy(spec)]);
    await backend.instances.destroy(spec);
    expect((await backend.instances.observe(spec)).state).toBe("absent");
    expect(await harness.machinesOf(spec.incarnationId)).toEqual([]);
  });

  shows("creating an existing volume changes nothing", async () => {
    const harness = current();
    const volumeId = await newVolume(harness.backend);
    const spec = newSpec({ volumeId });
    const files = await bringOnline(harness, spec);
    const sentinels = await Sentinels.plant(files, "/workspace");
    await harness.backend.volumes.create(volumeId);
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });
}

export function fenced(current: CurrentHarness, shows: Promised): void {
  shows("destroying an older incarnation keeps the newer one running", async () => {
    const harness = current();
    const volumeId = await newVolume(harness.backend);
    const older = newSpec({ volumeId });
    const newer = newSpec({ volumeId, workspaceId: older.workspaceId, generation: 2 });
    await bringOnline(harness, older);
    const files = await bringOnline(harness, newer);
    const sentinels = await Sentinels.plant(files, "/workspace");
    const before = await files.status();
    await harness.backend.instances.destroy(older);
    expect((await harness.backend.instances.observe(older)).state).toBe("absent");
    expect((await harness.backend.instances.observe(newer)).state).toBe("running");
    expect((await files.status()).startedAt).toBe(before.startedAt);
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });
}

export function leavesVolumes(current: CurrentHarness, shows: Promised): void {
  shows("every byte of a volume survives three incarnations", async () => {
    const harness = current();
    const volumeId = await newVolume(harness.backend);
    let spec = newSpec({ volumeId });
    let files = await bringOnline(harness, spec);
    const planted = [await Sentinels.plant(files, "/workspace"), await Sentinels.plant(files, "/configs")];
    for (const generation of [2, 3, 4]) {
      await harness.backend.instances.destroy(spec);
      expect((await harness.backend.volumes.observe(volumeId)).presence).toBe("present");
      spec = newSpec({ volumeId, workspaceId: spec.workspaceId, generation });
      files = await bringOnline(harness, spec);
      for (const sentinels of planted) expect(await sentinels.found(files)).toEqual(sentinels.planted);
    }
  });

  shows("every byte of a volume survives the destruction of a stopped instance", async () => {
    const harness = current();
    const volumeId = await newVolume(harness.backend);
    const first = newSpec({ volumeId });
    const sentinels = await Sentinels.plant(await bringOnline(harness, first), "/workspace");
    await harness.backend.instances.stop(first);
    await harness.backend.instances.destroy(first);
    const files = await bringOnline(harness, newSpec({ volumeId }));
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });

  shows("a browse instance reads and writes the volume of a stopped workspace", async () => {
    const harness = current();
    const volumeId = await newVolume(harness.backend);
    const workspace = newSpec({ volumeId });
    const sentinels = await Sentinels.plant(await bringOnline(harness, workspace), "/workspace");
    await harness.backend.instances.stop(workspace);

    const browse = newSpec({ volumeId, workspaceId: workspace.workspaceId, purpose: "browse" });
    const browsed = await bringOnline(harness, browse);
    expect(await sentinels.found(browsed)).toEqual(sentinels.planted);
    await browsed.write("/workspace", "/from-browsing.txt", Buffer.from("hello"));
    await harness.backend.instances.destroy(browse);

    const files = await startStopped(harness, workspace);
    expect((await files.read("/workspace", "/from-browsing.txt")).toString()).toBe("hello");
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });
}

const READ_ONLY_ROOT: InstanceSpec["limits"] = { cpus: 0.5, memoryMb: 256, pids: 128, readOnlyRoot: true };

export function keepsAndWipes(current: CurrentHarness, shows: Promised): void {
  for (const { disk, limits } of [
    { disk: "an ordinary disk", limits: newSpec().limits },
    { disk: "a read-only root", limits: READ_ONLY_ROOT },
  ]) {
    const sentence = `without a volume, all three roots survive stop and start and are deleted by destroy, on ${disk}`;
    shows(sentence, async () => {
      const harness = current();
      const spec = newSpec({ limits });
      const files = await bringOnline(harness, spec);
      expect(await files.names("/workspace")).toEqual([]);
      expect(await files.names("/configs")).toEqual([]);
      const planted = [];
      for (const root of ["/workspace", "/configs", "/agent-home"] as const) {
        planted.push(await Sentinels.plant(files, root));
      }
      for (let cycle = 0; cycle < 3; cycle += 1) {
        await harness.backend.instances.stop(spec);
        const again = await startStopped(harness, spec);
        for (const sentinels of planted) expect(await sentinels.found(again)).toEqual(sentinels.planted);
      }
      await harness.backend.instances.destroy(spec);

      const next = await bringOnline(harness, newSpec({ workspaceId: spec.workspaceId, generation: 2, limits }));
      expect(await next.names("/workspace")).toEqual([]);
      expect(await next.names("/configs")).toEqual([]);
      expect(await next.names("/agent-home")).not.toContain("plain.txt");
    });
  }

  shows("with a volume, stop keeps the home directory and destroy wipes it", async () => {
    const harness = current();
    const volumeId = await newVolume(harness.backend);
    const spec = newSpec({ volumeId });
    const home = await Sentinels.plant(await bringOnline(harness, spec), "/agent-home");
    await harness.backend.instances.stop(spec);
    expect(await home.found(await startStopped(harness, spec))).toEqual(home.planted);
    await harness.backend.instances.destroy(spec);
    const next = await bringOnline(harness, newSpec({ volumeId, workspaceId: spec.workspaceId, generation: 2 }));
    expect(await next.names("/agent-home")).not.toContain("plain.txt");
  });
}
