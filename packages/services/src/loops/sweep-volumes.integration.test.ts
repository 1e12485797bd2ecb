import { newVolume } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import {
  countSweeps,
  moreSweeps,
  newWorkspace,
  openBench,
  quarantined,
  type Replica,
  until,
  volumeEvents,
  wasLogged,
} from "../testing/index.ts";
import { eraseVolume, getReceipt, getVolume } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";

describe("a volume without a row", () => {
  test("is left alone until it has the minimum age", async () => {
    await using bench = await openBench({ started: false, settings: { sweepMinAgeSeconds: 3600 } });
    const id = await newVolume(bench.backend);
    const { sweeps } = await countSweeps(bench, () => false);
    await moreSweeps(sweeps, 8);
    expect(await quarantined(bench)).toEqual([]);
    expect(await bench.backend.volumes.list()).toEqual([id]);
  });

  test("is not quarantined by sweeps whose listing fails", async () => {
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

  test("is not assumed while a create takes long to make its volume", async () => {
    await using bench = await openBench({ started: false });
    const made = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const sweeps = { count: 0 };
    await bench.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async createVolume(...input) {
          await gateway.createVolume(...input);
          made.resolve();
          await goOn.promise;
        },
        async listVolumes(kind) {
          sweeps.count += 1;
          return gateway.listVolumes(kind);
        },
      }),
    });
    const { workspace, operation } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
    await made.promise;
    await moreSweeps(sweeps);
    const volume = await getVolume(bench.deps, bench.actor, { id: workspace.volume?.id ?? "" });
    expect(volume).toMatchObject({ state: "attached", workspaceId: workspace.id });
    goOn.resolve();
    await bench.succeeded(operation);
    expect(await quarantined(bench)).toEqual([]);
  });

  test.each([1, 2, 3])(
    "is quarantined once when the process is killed at write %i of the quarantine",
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
      expect(await volumeEvents(bench, "quarantined")).toHaveLength(1);
      expect(await bench.backend.volumes.list()).toEqual([id]);
    },
  );
});

describe("a volume that the backend does not have", () => {
  const missing = ({ data }: Awaited<ReturnType<typeof volumeEvents>>[number]) => data.missing;

  test("is reported as missing once, without a change of status, and reported when it is back", async () => {
    await using bench = await openBench();
    const workspace = await bench.online();
    await bench.after("hibernate", workspace);
    await bench.loseVolume(workspace);
    await until(async () => (await bench.volumeOf(workspace)).missingSince, "it is said to be missing");
    expect(await bench.current(workspace)).toMatchObject({ status: "hibernated", dataState: "missing" });
    expect(wasLogged(bench, "sweep.volume_missing")).toMatchObject([{ level: "error", workspaceId: workspace.id }]);
    expect((await volumeEvents(bench, "attached")).map(missing)).toEqual([true]);
    await bench.backend.volumes.create(workspace.volume?.id ?? "");
    await until(async () => (await bench.volumeOf(workspace)).missingSince === null, "it is said to be back");
    expect(await bench.current(workspace)).toMatchObject({ dataState: "intact" });
    expect((await volumeEvents(bench, "attached")).map(missing)).toEqual([true, false]);
  });

  test("is reported for a deleted workspace too, and never expires as erased", async () => {
    await using bench = await openBench({ settings: { graceHours: 1 } });
    const workspace = await bench.online();
    await bench.deleted(workspace);
    const other = await bench.online();
    await bench.deleted(other);
    await bench.loseVolume(workspace);
    await until(async () => (await bench.volumeOf(workspace)).missingSince, "it is said to be missing");
    await bench.endGrace();
    // The other volume has the same deadline, so the retention loop has run once it is erased.
    await until(async () => (await bench.volumeOf(other)).state === "erased", "the other one is erased");
    expect(await bench.volumeOf(workspace)).toMatchObject({ state: "retained" });
    const { id = "" } = workspace.volume ?? {};
    const order = { id, confirmName: workspace.name };
    await bench.succeeded(await eraseVolume(bench.deps, bench.actor, order));
    const { notCovered } = await getReceipt(bench.deps, bench.actor, { id });
    expect(notCovered[0]).toContain("missing since");
  });

  test("is reported only after three successful listings and a separate check", async () => {
    await using bench = await openBench({ started: false });
    const hidden = new Set<string>();
    let away = false;
    const sweeps = { count: 0, hiding: 0 };
    await bench.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async listVolumes(kind) {
          sweeps.count += 1;
          if (away) throw new Error("the engine does not answer");
          if (hidden.size > 0) sweeps.hiding += 1;
          return (await gateway.listVolumes(kind)).filter((id) => !hidden.has(id));
        },
      }),
    });
    const workspace = await bench.online();
    await bench.after("hibernate", workspace);
    hidden.add(workspace.volume?.id ?? "");
    await moreSweeps(sweeps);
    // The listing hides the volume, but a check of this volume alone finds it.
    expect(await bench.volumeOf(workspace)).toMatchObject({ missingSince: null });
    hidden.clear();
    await moreSweeps(sweeps);
    away = true;
    await moreSweeps(sweeps, 2);
    await bench.loseVolume(workspace);
    await moreSweeps(sweeps, 8);
    expect(await bench.volumeOf(workspace)).toMatchObject({ missingSince: null });
    expect(await bench.current(workspace)).toMatchObject({ dataState: "intact" });
    away = false;
    await until(async () => (await bench.volumeOf(workspace)).missingSince, "it is said to be missing");
  });

  test("is not created again by a start", async () => {
    await using bench = await openBench();
    const workspace = await bench.online();
    await bench.after("hibernate", workspace);
    await bench.loseVolume(workspace);
    const operation = await bench.ended(await bench.ask("wake", workspace));
    expect(operation).toMatchObject({ status: "failed", error: { code: "data_missing" } });
    expect(await bench.volumeOf(workspace)).toMatchObject({ missingSince: expect.any(String) });
    expect(await bench.backend.volumes.list()).toEqual([]);
  });
});
