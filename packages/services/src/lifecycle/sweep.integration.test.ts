import { randomUUID } from "node:crypto";
import { calm, newSpec, newVolume, Sentinels } from "@berth/backends/testing";
import { insertIncarnation } from "@berth/db";
import { adoptVolumeInput, type Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import {
  after,
  ask,
  current,
  ended,
  filesOf,
  forget,
  incarnationOf,
  isStatus,
  type MemoryBench,
  machinesOf,
  newWorkspace,
  online,
  openBench,
  type Replica,
  type ReplicaOptions,
  scratchFolder,
  succeeded,
  until,
} from "../testing/index.ts";
import { adoptVolume, eraseVolume, getReceipt, getVolume, listVolumes } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { requestDelete } from "../workspaces/delete.ts";

const remove = async (bench: MemoryBench, { id, name }: Workspace) =>
  succeeded(
    bench,
    await requestDelete(bench.deps, bench.actor, { id, confirmName: name, eraseData: false, cascade: false }),
  );

const quarantined = ({ deps, actor }: MemoryBench) => listVolumes(deps, actor, { state: "quarantined" });

const told = async ({ deps, actor }: MemoryBench, state: string) => {
  const { items } = await listEvents(deps, actor, { limit: 500, types: ["volume.state_changed"] });
  return items.filter(({ data }) => data.state === state);
};

const wasLogged = ({ logged }: MemoryBench, evt: string) => logged.filter((record) => record.evt === evt);

/** A door that counts its sweeps by their listings of volumes, and fails those that `fails` says. */
async function countSweeps(bench: MemoryBench, fails: (sweep: number) => boolean, options: ReplicaOptions = {}) {
  const sweeps = { count: 0, succeeded: 0 };
  const replica = await bench.startReplica({
    ...options,
    changeDoor: (door) => ({
      ...door,
      async listVolumes(kind) {
        sweeps.count += 1;
        if (fails(sweeps.count)) throw new Error("the engine does not answer");
        const found = await door.listVolumes(kind);
        sweeps.succeeded += 1;
        return found;
      },
    }),
  });
  return { sweeps, replica };
}

const moreSweeps = async (sweeps: { count: number }, more = 6) => {
  const enough = sweeps.count + more;
  await until(async () => sweeps.count >= enough, "the sweep comes round");
};

describe("a database that was put back to an older state", () => {
  test("sees a volume it does not know in quarantine, and a person adopts it with every byte", async () => {
    await using bench = await openBench();
    const { deps, actor, backend } = bench;
    const lost = await online(bench);
    const sentinels = await Sentinels.plant(await filesOf(bench, lost), "/workspace");
    const machine = { incarnationId: await incarnationOf(bench, lost), workspaceId: lost.id };
    await forget(bench, lost);

    const found = await until(async () => (await quarantined(bench))[0], "the volume is quarantined");
    const id = lost.volume?.id ?? "";
    expect(found).toMatchObject({ id, workspaceId: null, retainedUntil: null, missingSince: null, sizeBytes: null });
    expect(found.workspaceName).toBe(`Unknown workspace ${id.slice(0, 8)}`);
    await expect
      .poll(async () => (await backend.instances.observe(machine)).state, { timeout: 10_000 })
      .toBe("stopped");
    expect(await told(bench, "quarantined")).toMatchObject([{ workspaceId: null, data: { volumeId: id } }]);

    const input = adoptVolumeInput.parse({ id, name: "found again" });
    const { workspace, operation } = await adoptVolume(deps, actor, input);
    await succeeded(bench, operation);
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
    // The machine from before could have gone on writing on it.
    expect((await backend.instances.observe(machine)).state).toBe("absent");
    expect(await backend.instances.list()).toHaveLength(1);
    expect(await told(bench, "quarantined")).toHaveLength(1);
  });

  test("erases it by an order with a receipt, although a machine nobody knows still holds it", async () => {
    await using bench = await openBench();
    const { deps, actor, backend } = bench;
    const lost = await online(bench);
    await forget(bench, lost);
    const { id, workspaceName } = await until(async () => (await quarantined(bench))[0], "the volume is quarantined");
    await succeeded(bench, await eraseVolume(deps, actor, { id, confirmName: workspaceName }));
    expect(await getReceipt(deps, actor, { id })).toMatchObject({ reason: "erase_now", workspaceName });
    expect(await backend.volumes.list()).toEqual([]);
    expect(await backend.instances.list()).toEqual([]);
  });

  test("stops a machine it does not know and keeps it, since its disk may hold what lies nowhere else", async () => {
    await using bench = await openBench({ started: false });
    const { replica, sweeps } = await countSweeps(bench, () => false);
    const lost = await online(bench, { compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await filesOf(bench, lost), "/workspace");
    const machine = { incarnationId: await incarnationOf(bench, lost), workspaceId: lost.id };
    await forget(bench, lost);
    const state = async () => (await bench.backend.instances.observe(machine)).state;
    await expect.poll(state, { timeout: 10_000 }).toBe("stopped");
    await moreSweeps(sweeps);
    expect(await state()).toBe("stopped");
    expect(replica.strangers().get("memory")).toBe(1);
    expect(scratchFolder("instances", machine.incarnationId)).toBeTypeOf("string");
    expect(sentinels.planted).not.toEqual({});
  });

  test("brings a workspace up again that has moved on since, with one machine at work on its data", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    const unknown = await incarnationOf(bench, workspace);
    // Its machine is a later one than the row that speaks of it.
    const older = randomUUID();
    await insertIncarnation(bench.deps.db, { id: older, workspaceId: workspace.id, generation: 0, backend: "memory" });
    await bench.sql("update workspaces set incarnation_id = $2 where id = $1", [workspace.id, older]);
    await bench.sql("delete from incarnations where id = $1", [unknown]);
    await until(async () => (await incarnationOf(bench, workspace)) !== older, "the machine is replaced");
    await isStatus(bench, workspace, "online");
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
    expect(await machinesOf(bench, workspace)).toMatchObject([
      { incarnationId: await incarnationOf(bench, workspace), state: "running" },
    ]);
  });

  test("removes with a delete what its workspace had of machines nobody knows", async () => {
    await using bench = await openBench({ settings: { sweepMinAgeSeconds: 3600 } });
    const workspace = await online(bench);
    const stranger = newSpec({ workspaceId: workspace.id, generation: 9 });
    const another = newSpec();
    for (const spec of [stranger, another]) await bench.backend.instances.provision(spec, calm());
    await remove(bench, workspace);
    expect((await bench.backend.instances.observe(stranger)).state).toBe("absent");
    expect((await bench.backend.instances.observe(another)).state).toBe("running");
  });

  test("stops nothing when it knows less than half of what runs: then the database is in doubt", async () => {
    await using bench = await openBench({ started: false });
    const { sweeps } = await countSweeps(bench, () => false);
    const known = await online(bench);
    const strangers = Array.from({ length: 4 }, () => newSpec());
    for (const spec of strangers) await bench.backend.instances.provision(spec, calm());
    await until(async () => wasLogged(bench, "sweep.refused").length > 0, "the sweep refuses");
    await moreSweeps(sweeps);
    for (const spec of strangers) expect((await bench.backend.instances.observe(spec)).state).toBe("running");
    expect(wasLogged(bench, "sweep.refused")[0]).toMatchObject({ level: "error", strangers: 4, machines: 5 });
    expect(await current(bench, known)).toMatchObject({ status: "online" });
  });

  test("names a volume after the workspace that its machine says it belongs to, where that is known", async () => {
    await using bench = await openBench();
    const known = await online(bench, { name: "atlas", compute: { dataPersistence: "ephemeral" } });
    const volumeId = await newVolume(bench.backend);
    await bench.backend.instances.provision(newSpec({ workspaceId: known.id, volumeId }), calm());
    const found = await until(async () => (await quarantined(bench))[0], "the volume is quarantined");
    expect(found).toMatchObject({ id: volumeId, workspaceName: "atlas", workspaceId: null });
  });
});

describe("a volume that no row speaks of", () => {
  test("is left alone until it has been seen long enough", async () => {
    await using bench = await openBench({ started: false, settings: { sweepMinAgeSeconds: 3600 } });
    const id = await newVolume(bench.backend);
    const { sweeps } = await countSweeps(bench, () => false);
    await moreSweeps(sweeps, 8);
    expect(await quarantined(bench)).toEqual([]);
    expect(await bench.backend.volumes.list()).toEqual([id]);
  });

  test("is not counted by a sweep that the engine did not answer", async () => {
    await using bench = await openBench({ started: false });
    const id = await newVolume(bench.backend);
    let away = true;
    const { sweeps } = await countSweeps(bench, (sweep) => away && sweep > 2);
    await moreSweeps(sweeps, 8);
    expect(sweeps.succeeded).toBe(2);
    expect(await quarantined(bench)).toEqual([]);
    away = false;
    expect(await until(async () => (await quarantined(bench))[0], "the volume is quarantined")).toMatchObject({ id });
  });

  test("is none while a create makes it, however long that takes", async () => {
    await using bench = await openBench({ started: false });
    const made = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const sweeps = { count: 0 };
    await bench.startReplica({
      changeDoor: (door) => ({
        ...door,
        async createVolume(...input) {
          await door.createVolume(...input);
          made.resolve();
          await goOn.promise;
        },
        async listVolumes(kind) {
          sweeps.count += 1;
          return door.listVolumes(kind);
        },
      }),
    });
    const { workspace, operation } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
    await made.promise;
    await moreSweeps(sweeps);
    const volume = await getVolume(bench.deps, bench.actor, { id: workspace.volume?.id ?? "" });
    expect(volume).toMatchObject({ state: "attached", workspaceId: workspace.id });
    goOn.resolve();
    await succeeded(bench, operation);
    expect(await quarantined(bench)).toEqual([]);
  });

  test.each([1, 2, 3])(
    "is quarantined once although the process dies at write %i of it or behind it",
    async (write) => {
      await using bench = await openBench({ started: false });
      const id = await newVolume(bench.backend);
      let writes = 0;
      const dying: Replica = await bench.startReplica({
        onWrite(die) {
          if (wasLogged(bench, "sweep.volume_quarantined").length > 0) writes += 1;
          if (writes === write) die();
        },
      });
      await until(async () => dying.dead, "it dies");
      await dying.die();
      await Promise.all([bench.startReplica(), bench.startReplica()]);
      expect(await until(async () => (await quarantined(bench))[0], "the volume is quarantined")).toMatchObject({ id });
      expect(await quarantined(bench)).toHaveLength(1);
      expect(await told(bench, "quarantined")).toHaveLength(1);
      expect(await bench.backend.volumes.list()).toEqual([id]);
    },
  );
});

describe("a volume that the backend has not", () => {
  const vanish = ({ backend }: MemoryBench, { volume }: Workspace) =>
    (backend.volumes as unknown as { remove(id: string): Promise<void> }).remove(volume?.id ?? "");

  const seen = ({ deps, actor }: MemoryBench, { volume }: Workspace) =>
    getVolume(deps, actor, { id: volume?.id ?? "" });

  const missing = ({ data }: { data: Record<string, unknown> }) => data.missing;

  test("is said loudly, apart from the status, once; and said to be back when it is", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await after(bench, "hibernate", workspace);
    await vanish(bench, workspace);
    await until(async () => (await seen(bench, workspace)).missingSince, "it is said to be missing");
    expect(await current(bench, workspace)).toMatchObject({ status: "hibernated", dataState: "missing" });
    expect(wasLogged(bench, "sweep.volume_missing")).toMatchObject([{ level: "error", workspaceId: workspace.id }]);
    expect((await told(bench, "attached")).map(missing)).toEqual([true]);
    await bench.backend.volumes.create(workspace.volume?.id ?? "");
    await until(async () => (await seen(bench, workspace)).missingSince === null, "it is said to be back");
    expect(await current(bench, workspace)).toMatchObject({ dataState: "intact" });
    expect((await told(bench, "attached")).map(missing)).toEqual([true, false]);
  });

  test("is said of a deleted workspace's volume too, and no clock says then that it was erased", async () => {
    await using bench = await openBench({ settings: { graceHours: 1 } });
    const workspace = await online(bench);
    await remove(bench, workspace);
    const other = await online(bench);
    await remove(bench, other);
    await vanish(bench, workspace);
    await until(async () => (await seen(bench, workspace)).missingSince, "it is said to be missing");
    await bench.sql("update volumes set retained_until = now() - interval '1 second'");
    // The other one's time has ended at the same moment: the retention has come round.
    await until(async () => (await seen(bench, other)).state === "erased", "the other one is erased");
    expect(await seen(bench, workspace)).toMatchObject({ state: "retained" });
    const { id = "" } = workspace.volume ?? {};
    const order = { id, confirmName: workspace.name };
    await succeeded(bench, await eraseVolume(bench.deps, bench.actor, order));
    const { notCovered } = await getReceipt(bench.deps, bench.actor, { id });
    expect(notCovered[0]).toContain("it was missing");
  });

  test("is not concluded from a listing alone, nor from fewer than three, nor from none", async () => {
    await using bench = await openBench({ started: false });
    const hidden = new Set<string>();
    let away = false;
    const sweeps = { count: 0, hiding: 0 };
    await bench.startReplica({
      changeDoor: (door) => ({
        ...door,
        async listVolumes(kind) {
          sweeps.count += 1;
          if (away) throw new Error("the engine does not answer");
          if (hidden.size > 0) sweeps.hiding += 1;
          return (await door.listVolumes(kind)).filter((id) => !hidden.has(id));
        },
      }),
    });
    const workspace = await online(bench);
    await after(bench, "hibernate", workspace);
    hidden.add(workspace.volume?.id ?? "");
    await moreSweeps(sweeps);
    // It is there when it is asked for by itself.
    expect(await seen(bench, workspace)).toMatchObject({ missingSince: null });
    hidden.clear();
    await moreSweeps(sweeps);
    away = true;
    await moreSweeps(sweeps, 2);
    await vanish(bench, workspace);
    await moreSweeps(sweeps, 8);
    expect(await seen(bench, workspace)).toMatchObject({ missingSince: null });
    expect(await current(bench, workspace)).toMatchObject({ dataState: "intact" });
    away = false;
    await until(async () => (await seen(bench, workspace)).missingSince, "it is said to be missing");
  });

  test("is never made anew by a start", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await after(bench, "hibernate", workspace);
    await vanish(bench, workspace);
    const operation = await ended(bench, await ask(bench, "wake", workspace));
    expect(operation).toMatchObject({ status: "failed", error: { code: "data_missing" } });
    expect(await seen(bench, workspace)).toMatchObject({ missingSince: expect.any(String) });
    expect(await bench.backend.volumes.list()).toEqual([]);
  });
});

describe("machines that nobody stands for", () => {
  test("end a few at a time, and nobody waits for them", async () => {
    await using bench = await openBench({ started: false });
    const first = await bench.startReplica();
    const workspace = await online(bench);
    await first.stop();
    const goOn = Promise.withResolvers<void>();
    const ending = new Set<string>();
    let [most, looks] = [0, 0];
    await bench.startReplica({
      reconciler: { startsMax: 0, othersMax: 0 },
      changeDoor: (door) => ({
        ...door,
        async destroy(kind, ref) {
          ending.add(ref.incarnationId);
          most = Math.max(most, ending.size);
          await goOn.promise;
          await door.destroy(kind, ref);
          ending.delete(ref.incarnationId);
        },
        async list(kind) {
          looks += 1;
          return door.list(kind);
        },
      }),
    });
    const stragglers = Array.from({ length: 9 }, () => newSpec({ workspaceId: workspace.id, generation: 0 }));
    for (const spec of stragglers) {
      await bench.backend.instances.provision(spec, calm());
      const { incarnationId: id, workspaceId } = spec;
      await insertIncarnation(bench.deps.db, { id, workspaceId, generation: 0, backend: "memory" });
    }
    await until(async () => ending.size === 4, "four of them are ending");
    const before = looks;
    await until(async () => looks > before + 8, "observing and sweeping go on");
    goOn.resolve();
    await until(async () => (await machinesOf(bench, workspace)).length === 1, "all are gone");
    expect(most).toBe(4);
    expect(await current(bench, workspace)).toMatchObject({ status: "online" });
  });
});
