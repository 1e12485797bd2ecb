import { randomUUID } from "node:crypto";
import { newSpec, newVolume, provisionOptions, Sentinels } from "@berth/backends/testing";
import { insertIncarnation } from "@berth/db/requests";
import { adoptVolumeInput } from "@berth/domain";
import { describe, expect, test } from "vitest";
import {
  countSweeps,
  openHarness,
  quarantined,
  scratchFolder,
  until,
  volumeEvents,
  waitForSweeps,
  wasLogged,
} from "../testing/index.ts";
import { adoptVolume, eraseVolume, getReceipt } from "../volumes/volumes.ts";

describe("a database restored from an older backup", () => {
  test("quarantines an unknown volume, which can be adopted with every byte", async () => {
    await using harness = await openHarness();
    const { deps, actor, backend } = harness;
    const lost = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(lost), "/workspace");
    const machine = { incarnationId: await harness.incarnationOf(lost), workspaceId: lost.id };
    await harness.forget(lost);

    const found = await until(async () => (await quarantined(harness))[0], "the volume is quarantined");
    const id = lost.volume?.id ?? "";
    expect(found).toMatchObject({ id, workspaceId: null, retainedUntil: null, missingSince: null, sizeBytes: null });
    expect(found.workspaceName).toBe(`Unknown workspace ${id.slice(0, 8)}`);
    await expect
      .poll(async () => (await backend.instances.observe(machine)).state, { timeout: 10_000 })
      .toBe("stopped");
    expect(await volumeEvents(harness, "quarantined")).toMatchObject([{ workspaceId: null, data: { volumeId: id } }]);

    const input = adoptVolumeInput.parse({ id, name: "found again" });
    const { workspace, operation } = await adoptVolume(deps, actor, input);
    await harness.succeeded(operation);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    // The untracked instance could otherwise have continued to write to the volume.
    expect((await backend.instances.observe(machine)).state).toBe("absent");
    expect(await backend.instances.list()).toHaveLength(1);
    expect(await volumeEvents(harness, "quarantined")).toHaveLength(1);
  });

  test("erases an unknown volume by order although an untracked instance mounts it", async () => {
    await using harness = await openHarness();
    const { deps, actor, backend } = harness;
    const lost = await harness.online();
    await harness.forget(lost);
    const { id, workspaceName } = await until(async () => (await quarantined(harness))[0], "the volume is quarantined");
    await harness.succeeded(await eraseVolume(deps, actor, { id, confirmName: workspaceName }));
    expect(await getReceipt(deps, actor, { id })).toMatchObject({ reason: "erase_now", workspaceName });
    expect(await backend.volumes.list()).toEqual([]);
    expect(await backend.instances.list()).toEqual([]);
  });

  test("stops an untracked instance and keeps it, because its disk may hold the only copy", async () => {
    await using harness = await openHarness({ started: false });
    const { replica, sweeps } = await countSweeps(harness, () => false);
    const lost = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await harness.filesOf(lost), "/workspace");
    const machine = { incarnationId: await harness.incarnationOf(lost), workspaceId: lost.id };
    await harness.forget(lost);
    const state = async () => (await harness.backend.instances.observe(machine)).state;
    await expect.poll(state, { timeout: 10_000 }).toBe("stopped");
    await waitForSweeps(sweeps);
    expect(await state()).toBe("stopped");
    expect(replica.untracked().get("memory")).toBe(1);
    expect(scratchFolder("instances", machine.incarnationId)).toBeTypeOf("string");
    expect(sentinels.planted).not.toEqual({});
  });

  test("restarts a workspace whose instance is newer than its row, and leaves one instance on its data", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    const unknown = await harness.incarnationOf(workspace);
    // The instance is newer than the one that the restored row names.
    const older = randomUUID();
    await insertIncarnation(harness.deps.db, {
      id: older,
      workspaceId: workspace.id,
      generation: 0,
      backend: "memory",
    });
    await harness.sql("update workspaces set incarnation_id = $2 where id = $1", [workspace.id, older]);
    await harness.sql("delete from incarnations where id = $1", [unknown]);
    await until(async () => (await harness.incarnationOf(workspace)) !== older, "the machine is replaced");
    await harness.isStatus(workspace, "online");
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    expect(await harness.machinesOf(workspace)).toMatchObject([
      { incarnationId: await harness.incarnationOf(workspace), state: "running" },
    ]);
  });

  test("destroys the untracked instances of a workspace when it is deleted", async () => {
    await using harness = await openHarness({ settings: { sweepMinAgeSeconds: 3600 } });
    const workspace = await harness.online();
    const untracked = newSpec({ workspaceId: workspace.id, generation: 9 });
    const another = newSpec();
    for (const spec of [untracked, another]) await harness.backend.instances.provision(spec, provisionOptions());
    await harness.deleted(workspace);
    expect((await harness.backend.instances.observe(untracked)).state).toBe("absent");
    expect((await harness.backend.instances.observe(another)).state).toBe("running");
  });

  test("stops no untracked instances when they are more than half of all instances", async () => {
    await using harness = await openHarness({ started: false });
    const before = await harness.startReplica();
    const known = await harness.online();
    // No sweep may run before all exist, because one or two alone would be less than half.
    await before.stop();
    const untracked = Array.from({ length: 4 }, () => newSpec());
    for (const spec of untracked) await harness.backend.instances.provision(spec, provisionOptions());
    const { sweeps } = await countSweeps(harness, () => false);
    await until(async () => wasLogged(harness, "sweep.refused").length > 0, "the sweep refuses");
    await waitForSweeps(sweeps);
    for (const spec of untracked) expect((await harness.backend.instances.observe(spec)).state).toBe("running");
    expect(wasLogged(harness, "sweep.refused")[0]).toMatchObject({ level: "error", untracked: 4, machines: 5 });
    expect(await harness.current(known)).toMatchObject({ status: "online" });
  });

  test("names an unknown volume after the known workspace of the instance that mounts it", async () => {
    await using harness = await openHarness();
    const known = await harness.online({ name: "atlas", compute: { dataPersistence: "ephemeral" } });
    const volumeId = await newVolume(harness.backend);
    await harness.backend.instances.provision(newSpec({ workspaceId: known.id, volumeId }), provisionOptions());
    const found = await until(async () => (await quarantined(harness))[0], "the volume is quarantined");
    expect(found).toMatchObject({ id: volumeId, workspaceName: "atlas", workspaceId: null });
  });
});

describe("stale instances", () => {
  test("are destroyed four at a time without delaying the observe and sweep loops", async () => {
    await using harness = await openHarness({ started: false });
    const first = await harness.startReplica();
    const workspace = await harness.online();
    await first.stop();
    const resume = Promise.withResolvers<void>();
    const ending = new Set<string>();
    let [most, observations] = [0, 0];
    await harness.startReplica({
      reconciler: { startsMax: 0, othersMax: 0 },
      changeGateway: (gateway) => ({
        ...gateway,
        async destroy(kind, ref) {
          ending.add(ref.incarnationId);
          most = Math.max(most, ending.size);
          await resume.promise;
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
      await harness.backend.instances.provision(spec, provisionOptions());
      const { incarnationId: id, workspaceId } = spec;
      await insertIncarnation(harness.deps.db, { id, workspaceId, generation: 0, backend: "memory" });
    }
    await until(async () => ending.size === 4, "four of them are ending");
    const before = observations;
    await until(async () => observations > before + 8, "observing and sweeping continue");
    resume.resolve();
    await until(async () => (await harness.machinesOf(workspace)).length === 1, "all are gone");
    expect(most).toBe(4);
    expect(await harness.current(workspace)).toMatchObject({ status: "online" });
  });
});
