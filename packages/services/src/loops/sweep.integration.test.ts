import { randomUUID } from "node:crypto";
import { calm, newSpec, newVolume, Sentinels } from "@berth/backends/testing";
import { insertIncarnation } from "@berth/db/requests";
import { adoptVolumeInput } from "@berth/domain";
import { describe, expect, test } from "vitest";
import {
  countSweeps,
  moreSweeps,
  openBench,
  quarantined,
  scratchFolder,
  until,
  volumeEvents,
  wasLogged,
} from "../testing/index.ts";
import { adoptVolume, eraseVolume, getReceipt } from "../volumes/volumes.ts";

describe("a database restored from an older backup", () => {
  test("quarantines an unknown volume, which can be adopted with every byte", async () => {
    await using bench = await openBench();
    const { deps, actor, backend } = bench;
    const lost = await bench.online();
    const sentinels = await Sentinels.plant(await bench.filesOf(lost), "/workspace");
    const machine = { incarnationId: await bench.incarnationOf(lost), workspaceId: lost.id };
    await bench.forget(lost);

    const found = await until(async () => (await quarantined(bench))[0], "the volume is quarantined");
    const id = lost.volume?.id ?? "";
    expect(found).toMatchObject({ id, workspaceId: null, retainedUntil: null, missingSince: null, sizeBytes: null });
    expect(found.workspaceName).toBe(`Unknown workspace ${id.slice(0, 8)}`);
    await expect
      .poll(async () => (await backend.instances.observe(machine)).state, { timeout: 10_000 })
      .toBe("stopped");
    expect(await volumeEvents(bench, "quarantined")).toMatchObject([{ workspaceId: null, data: { volumeId: id } }]);

    const input = adoptVolumeInput.parse({ id, name: "found again" });
    const { workspace, operation } = await adoptVolume(deps, actor, input);
    await bench.succeeded(operation);
    expect(await sentinels.found(await bench.filesOf(workspace))).toEqual(sentinels.planted);
    // The untracked instance could otherwise have continued to write to the volume.
    expect((await backend.instances.observe(machine)).state).toBe("absent");
    expect(await backend.instances.list()).toHaveLength(1);
    expect(await volumeEvents(bench, "quarantined")).toHaveLength(1);
  });

  test("erases an unknown volume by order although an untracked instance mounts it", async () => {
    await using bench = await openBench();
    const { deps, actor, backend } = bench;
    const lost = await bench.online();
    await bench.forget(lost);
    const { id, workspaceName } = await until(async () => (await quarantined(bench))[0], "the volume is quarantined");
    await bench.succeeded(await eraseVolume(deps, actor, { id, confirmName: workspaceName }));
    expect(await getReceipt(deps, actor, { id })).toMatchObject({ reason: "erase_now", workspaceName });
    expect(await backend.volumes.list()).toEqual([]);
    expect(await backend.instances.list()).toEqual([]);
  });

  test("stops an untracked instance and keeps it, because its disk may hold the only copy", async () => {
    await using bench = await openBench({ started: false });
    const { replica, sweeps } = await countSweeps(bench, () => false);
    const lost = await bench.online({ compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await bench.filesOf(lost), "/workspace");
    const machine = { incarnationId: await bench.incarnationOf(lost), workspaceId: lost.id };
    await bench.forget(lost);
    const state = async () => (await bench.backend.instances.observe(machine)).state;
    await expect.poll(state, { timeout: 10_000 }).toBe("stopped");
    await moreSweeps(sweeps);
    expect(await state()).toBe("stopped");
    expect(replica.untracked().get("memory")).toBe(1);
    expect(scratchFolder("instances", machine.incarnationId)).toBeTypeOf("string");
    expect(sentinels.planted).not.toEqual({});
  });

  test("restarts a workspace whose instance is newer than its row, and leaves one instance on its data", async () => {
    await using bench = await openBench();
    const workspace = await bench.online();
    const sentinels = await Sentinels.plant(await bench.filesOf(workspace), "/workspace");
    const unknown = await bench.incarnationOf(workspace);
    // The instance is newer than the one that the restored row names.
    const older = randomUUID();
    await insertIncarnation(bench.deps.db, { id: older, workspaceId: workspace.id, generation: 0, backend: "memory" });
    await bench.sql("update workspaces set incarnation_id = $2 where id = $1", [workspace.id, older]);
    await bench.sql("delete from incarnations where id = $1", [unknown]);
    await until(async () => (await bench.incarnationOf(workspace)) !== older, "the machine is replaced");
    await bench.isStatus(workspace, "online");
    expect(await sentinels.found(await bench.filesOf(workspace))).toEqual(sentinels.planted);
    expect(await bench.machinesOf(workspace)).toMatchObject([
      { incarnationId: await bench.incarnationOf(workspace), state: "running" },
    ]);
  });

  test("destroys the untracked instances of a workspace when it is deleted", async () => {
    await using bench = await openBench({ settings: { sweepMinAgeSeconds: 3600 } });
    const workspace = await bench.online();
    const untracked = newSpec({ workspaceId: workspace.id, generation: 9 });
    const another = newSpec();
    for (const spec of [untracked, another]) await bench.backend.instances.provision(spec, calm());
    await bench.deleted(workspace);
    expect((await bench.backend.instances.observe(untracked)).state).toBe("absent");
    expect((await bench.backend.instances.observe(another)).state).toBe("running");
  });

  test("stops no untracked instances when they are more than half of all instances", async () => {
    await using bench = await openBench({ started: false });
    const before = await bench.startReplica();
    const known = await bench.online();
    // No sweep may run before all exist, because one or two alone would be less than half.
    await before.stop();
    const untracked = Array.from({ length: 4 }, () => newSpec());
    for (const spec of untracked) await bench.backend.instances.provision(spec, calm());
    const { sweeps } = await countSweeps(bench, () => false);
    await until(async () => wasLogged(bench, "sweep.refused").length > 0, "the sweep refuses");
    await moreSweeps(sweeps);
    for (const spec of untracked) expect((await bench.backend.instances.observe(spec)).state).toBe("running");
    expect(wasLogged(bench, "sweep.refused")[0]).toMatchObject({ level: "error", untracked: 4, machines: 5 });
    expect(await bench.current(known)).toMatchObject({ status: "online" });
  });

  test("names an unknown volume after the known workspace of the instance that mounts it", async () => {
    await using bench = await openBench();
    const known = await bench.online({ name: "atlas", compute: { dataPersistence: "ephemeral" } });
    const volumeId = await newVolume(bench.backend);
    await bench.backend.instances.provision(newSpec({ workspaceId: known.id, volumeId }), calm());
    const found = await until(async () => (await quarantined(bench))[0], "the volume is quarantined");
    expect(found).toMatchObject({ id: volumeId, workspaceName: "atlas", workspaceId: null });
  });
});

describe("stale instances", () => {
  test("are destroyed four at a time without delaying the observe and sweep loops", async () => {
    await using bench = await openBench({ started: false });
    const first = await bench.startReplica();
    const workspace = await bench.online();
    await first.stop();
    const goOn = Promise.withResolvers<void>();
    const ending = new Set<string>();
    let [most, observations] = [0, 0];
    await bench.startReplica({
      reconciler: { startsMax: 0, othersMax: 0 },
      changeGateway: (gateway) => ({
        ...gateway,
        async destroy(kind, ref) {
          ending.add(ref.incarnationId);
          most = Math.max(most, ending.size);
          await goOn.promise;
          await gateway.destroy(kind, ref);
          ending.delete(ref.incarnationId);
        },
        async list(kind) {
          observations += 1;
          return gateway.list(kind);
        },
      }),
    });
    const staleInstances = Array.from({ length: 9 }, () => newSpec({ workspaceId: workspace.id, generation: 0 }));
    for (const spec of staleInstances) {
      await bench.backend.instances.provision(spec, calm());
      const { incarnationId: id, workspaceId } = spec;
      await insertIncarnation(bench.deps.db, { id, workspaceId, generation: 0, backend: "memory" });
    }
    await until(async () => ending.size === 4, "four of them are ending");
    const before = observations;
    await until(async () => observations > before + 8, "observing and sweeping go on");
    goOn.resolve();
    await until(async () => (await bench.machinesOf(workspace)).length === 1, "all are gone");
    expect(most).toBe(4);
    expect(await bench.current(workspace)).toMatchObject({ status: "online" });
  });
});
