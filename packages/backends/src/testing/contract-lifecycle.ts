import { expect } from "vitest";
import type { InstanceSpec } from "../backend.ts";
import {
  bringOnline,
  type Current,
  calm,
  newSpec,
  newVolume,
  problem,
  type Shows,
  startAgain,
} from "./contract-bench.ts";
import { Sentinels } from "./tunnel-bench.ts";

export function idempotent(current: Current, shows: Shows): void {
  shows("a repeated provision keeps the running instance", async () => {
    const bench = current();
    const spec = newSpec();
    const before = await (await bringOnline(bench, spec)).status();
    await bench.backend.instances.provision(spec, calm());
    const after = await (await bench.tunnel.daemon(spec.incarnationId)).status();
    expect(after.startedAt).toBe(before.startedAt);
    expect(await bench.machinesOf(spec.incarnationId)).toHaveLength(1);
  });

  shows("concurrent provisions create one instance", async () => {
    const bench = current();
    const spec = newSpec({ volumeId: await newVolume(bench.backend) });
    bench.tunnel.expect(spec);
    await Promise.all([1, 2, 3, 4].map(() => bench.backend.instances.provision(spec, calm())));
    const { incarnationId } = await (await bench.tunnel.daemon(spec.incarnationId)).status();
    expect(incarnationId).toBe(spec.incarnationId);
    expect(await bench.machinesOf(incarnationId)).toHaveLength(1);
  });

  shows("concurrent provisions from two processes create one instance", async ({ skip }) => {
    const bench = current();
    const { backend, replica } = bench;
    if (typeof replica === "string") return skip(replica);
    const spec = newSpec();
    bench.tunnel.expect(spec);
    await Promise.all([backend, replica, backend, replica].map((each) => each.instances.provision(spec, calm())));
    await bench.tunnel.daemon(spec.incarnationId);
    expect(await bench.machinesOf(spec.incarnationId)).toHaveLength(1);
  });

  shows("provision starts an existing instance that is stopped", async () => {
    const bench = current();
    const spec = newSpec();
    await bringOnline(bench, spec);
    await bench.backend.instances.stop(spec);
    await expect.poll(() => bench.tunnel.isConnected(spec.incarnationId)).toBe(false);
    await bench.backend.instances.provision(spec, calm());
    await bench.tunnel.daemon(spec.incarnationId);
    expect((await bench.backend.instances.observe(spec)).state).toBe("running");
  });

  shows("stop, destroy and start are idempotent, and an unknown instance counts as destroyed", async () => {
    const { backend, ...bench } = current();
    const never = newSpec();
    await backend.instances.stop(never);
    await backend.instances.destroy(never);
    await expect(backend.instances.start(never, never.boot.tunnelToken)).rejects.toEqual(
      problem({ code: "not_found" }),
    );

    const spec = newSpec();
    await bringOnline({ backend, ...bench }, spec);
    await backend.instances.start(spec, spec.boot.tunnelToken);
    expect((await backend.instances.observe(spec)).state).toBe("running");
    await backend.instances.stop(spec);
    await backend.instances.stop(spec);
    expect((await backend.instances.observe(spec)).state).toBe("stopped");
    await Promise.all([backend.instances.destroy(spec), backend.instances.destroy(spec)]);
    await backend.instances.destroy(spec);
    expect((await backend.instances.observe(spec)).state).toBe("absent");
    expect(await bench.machinesOf(spec.incarnationId)).toEqual([]);
  });

  shows("creating an existing volume changes nothing", async () => {
    const bench = current();
    const volumeId = await newVolume(bench.backend);
    const spec = newSpec({ volumeId });
    const files = await bringOnline(bench, spec);
    const sentinels = await Sentinels.plant(files, "/workspace");
    await bench.backend.volumes.create(volumeId);
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });
}

export function fenced(current: Current, shows: Shows): void {
  shows("destroying an older incarnation keeps the newer one running", async () => {
    const bench = current();
    const volumeId = await newVolume(bench.backend);
    const older = newSpec({ volumeId });
    const newer = newSpec({ volumeId, workspaceId: older.workspaceId, generation: 2 });
    await bringOnline(bench, older);
    const files = await bringOnline(bench, newer);
    const sentinels = await Sentinels.plant(files, "/workspace");
    const before = await files.status();
    await bench.backend.instances.destroy(older);
    expect((await bench.backend.instances.observe(older)).state).toBe("absent");
    expect((await bench.backend.instances.observe(newer)).state).toBe("running");
    expect((await files.status()).startedAt).toBe(before.startedAt);
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });
}

export function leavesVolumes(current: Current, shows: Shows): void {
  shows("every byte of a volume survives three incarnations", async () => {
    const bench = current();
    const volumeId = await newVolume(bench.backend);
    let spec = newSpec({ volumeId });
    let files = await bringOnline(bench, spec);
    const planted = [await Sentinels.plant(files, "/workspace"), await Sentinels.plant(files, "/configs")];
    for (const generation of [2, 3, 4]) {
      await bench.backend.instances.destroy(spec);
      expect((await bench.backend.volumes.observe(volumeId)).presence).toBe("present");
      spec = newSpec({ volumeId, workspaceId: spec.workspaceId, generation });
      files = await bringOnline(bench, spec);
      for (const sentinels of planted) expect(await sentinels.found(files)).toEqual(sentinels.planted);
    }
  });

  shows("every byte of a volume survives the destruction of a stopped instance", async () => {
    const bench = current();
    const volumeId = await newVolume(bench.backend);
    const first = newSpec({ volumeId });
    const sentinels = await Sentinels.plant(await bringOnline(bench, first), "/workspace");
    await bench.backend.instances.stop(first);
    await bench.backend.instances.destroy(first);
    const files = await bringOnline(bench, newSpec({ volumeId }));
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });

  shows("a browse instance reads and writes the volume of a stopped workspace", async () => {
    const bench = current();
    const volumeId = await newVolume(bench.backend);
    const workspace = newSpec({ volumeId });
    const sentinels = await Sentinels.plant(await bringOnline(bench, workspace), "/workspace");
    await bench.backend.instances.stop(workspace);

    const browse = newSpec({ volumeId, workspaceId: workspace.workspaceId, purpose: "browse" });
    const browsed = await bringOnline(bench, browse);
    expect(await sentinels.found(browsed)).toEqual(sentinels.planted);
    await browsed.write("/workspace", "/from-browsing.txt", Buffer.from("hello"));
    await bench.backend.instances.destroy(browse);

    const files = await startAgain(bench, workspace);
    expect((await files.read("/workspace", "/from-browsing.txt")).toString()).toBe("hello");
    expect(await sentinels.found(files)).toEqual(sentinels.planted);
  });
}

const READ_ONLY_ROOT: InstanceSpec["limits"] = { cpus: 0.5, memoryMb: 256, pids: 128, readOnlyRoot: true };

export function keepsAndWipes(current: Current, shows: Shows): void {
  for (const { disk, limits } of [
    { disk: "an ordinary disk", limits: newSpec().limits },
    { disk: "a read-only root", limits: READ_ONLY_ROOT },
  ]) {
    const sentence = `without a volume, all three roots survive stop and start and are deleted by destroy, on ${disk}`;
    shows(sentence, async () => {
      const bench = current();
      const spec = newSpec({ limits });
      const files = await bringOnline(bench, spec);
      expect(await files.names("/workspace")).toEqual([]);
      expect(await files.names("/configs")).toEqual([]);
      const planted = [];
      for (const root of ["/workspace", "/configs", "/agent-home"] as const) {
        planted.push(await Sentinels.plant(files, root));
      }
      for (let cycle = 0; cycle < 3; cycle += 1) {
        await bench.backend.instances.stop(spec);
        const again = await startAgain(bench, spec);
        for (const sentinels of planted) expect(await sentinels.found(again)).toEqual(sentinels.planted);
      }
      await bench.backend.instances.destroy(spec);

      const next = await bringOnline(bench, newSpec({ workspaceId: spec.workspaceId, generation: 2, limits }));
      expect(await next.names("/workspace")).toEqual([]);
      expect(await next.names("/configs")).toEqual([]);
      expect(await next.names("/agent-home")).not.toContain("plain.txt");
    });
  }

  shows("with a volume, stop keeps the home directory and destroy wipes it", async () => {
    const bench = current();
    const volumeId = await newVolume(bench.backend);
    const spec = newSpec({ volumeId });
    const home = await Sentinels.plant(await bringOnline(bench, spec), "/agent-home");
    await bench.backend.instances.stop(spec);
    expect(await home.found(await startAgain(bench, spec))).toEqual(home.planted);
    await bench.backend.instances.destroy(spec);
    const next = await bringOnline(bench, newSpec({ volumeId, workspaceId: spec.workspaceId, generation: 2 }));
    expect(await next.names("/agent-home")).not.toContain("plain.txt");
  });
}
