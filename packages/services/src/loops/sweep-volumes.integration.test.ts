import { newVolume } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import {
  countSweeps,
  newWorkspace,
  openHarness,
  quarantined,
  type Replica,
  until,
  volumeEvents,
  waitForSweeps,
  wasLogged,
} from "../testing/index.ts";
import { eraseVolume, getReceipt, getVolume } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";

describe("a volume without a row", () => {
  test("is left alone until it has the minimum age", async () => {
    await using harness = await openHarness({ started: false, settings: { sweepMinAgeSeconds: 3600 } });
    const id = await newVolume(harness.backend);
    const { sweeps } = await countSweeps(harness, () => false);
    await waitForSweeps(sweeps, 8);
    expect(await quarantined(harness)).toEqual([]);
    expect(await harness.backend.volumes.list()).toEqual([id]);
  });

  test("is not quarantined by sweeps whose listing fails", async () => {
    await using harness = await openHarness({ started: false });
    const id = await newVolume(harness.backend);
    let unavailable = true;
    const { sweeps } = await countSweeps(harness, (sweep) => unavailable && sweep > 2);
    await waitForSweeps(sweeps, 8);
    expect(sweeps.succeeded).toBe(2);
    expect(await quarantined(harness)).toEqual([]);
    unavailable = false;
    expect(await until(async () => (await quarantined(harness))[0], "the volume is quarantined")).toMatchObject({ id });
  });

  test("is not assumed while a create takes long to make its volume", async () => {
    await using harness = await openHarness({ started: false });
    const made = Promise.withResolvers<void>();
    const resume = Promise.withResolvers<void>();
    const sweeps = { count: 0 };
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async createVolume(...input) {
          await gateway.createVolume(...input);
          made.resolve();
          await resume.promise;
        },
        async listVolumes(kind) {
          sweeps.count += 1;
          return gateway.listVolumes(kind);
        },
      }),
    });
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    await made.promise;
    await waitForSweeps(sweeps);
    const volume = await getVolume(harness.deps, harness.actor, { id: workspace.volume?.id ?? "" });
    expect(volume).toMatchObject({ state: "attached", workspaceId: workspace.id });
    resume.resolve();
    await harness.succeeded(operation);
    expect(await quarantined(harness)).toEqual([]);
  });

  test.each([1, 2, 3])(
    "is quarantined once when the process is killed at write %i of the quarantine",
    async (write) => {
      await using harness = await openHarness({ started: false });
      const id = await newVolume(harness.backend);
      let writes = 0;
      const dying: Replica = await harness.startReplica({
        onWrite(die) {
          if (wasLogged(harness, "sweep.volume_quarantined").length > 0) writes += 1;
          if (writes === write) die();
        },
      });
      await until(async () => dying.dead, "it dies");
      await dying.die();
      await Promise.all([harness.startReplica(), harness.startReplica()]);
      expect(await until(async () => (await quarantined(harness))[0], "the volume is quarantined")).toMatchObject({
        id,
      });
      expect(await quarantined(harness)).toHaveLength(1);
      expect(await volumeEvents(harness, "quarantined")).toHaveLength(1);
      expect(await harness.backend.volumes.list()).toEqual([id]);
    },
  );
});

describe("a volume that the backend does not have", () => {
  const missing = ({ data }: Awaited<ReturnType<typeof volumeEvents>>[number]) => data.missing;

  test("is reported as missing once, without a change of status, and reported when it is back", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.after("hibernate", workspace);
    await harness.loseVolume(workspace);
    await until(async () => (await harness.volumeOf(workspace)).missingSince, "it is reported as missing");
    expect(await harness.current(workspace)).toMatchObject({ status: "hibernated", dataState: "missing" });
    expect(wasLogged(harness, "sweep.volume_missing")).toMatchObject([{ level: "error", workspaceId: workspace.id }]);
    expect((await volumeEvents(harness, "attached")).map(missing)).toEqual([true]);
    await harness.backend.volumes.create(workspace.volume?.id ?? "");
    await until(async () => (await harness.volumeOf(workspace)).missingSince === null, "it is reported as back");
    expect(await harness.current(workspace)).toMatchObject({ dataState: "intact" });
    expect((await volumeEvents(harness, "attached")).map(missing)).toEqual([true, false]);
  });

  test("is reported for a deleted workspace too, and never expires as erased", async () => {
    await using harness = await openHarness({ settings: { graceHours: 1 } });
    const workspace = await harness.online();
    await harness.deleted(workspace);
    const other = await harness.online();
    await harness.deleted(other);
    await harness.loseVolume(workspace);
    await until(async () => (await harness.volumeOf(workspace)).missingSince, "it is reported as missing");
    await harness.endGrace();
    // The other volume has the same deadline, so the retention loop has run once it is erased.
    await until(async () => (await harness.volumeOf(other)).state === "erased", "the other one is erased");
    expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });
    const { id = "" } = workspace.volume ?? {};
    const order = { id, confirmName: workspace.name };
    await harness.succeeded(await eraseVolume(harness.deps, harness.actor, order));
    const { notCovered } = await getReceipt(harness.deps, harness.actor, { id });
    expect(notCovered[0]).toContain("missing since");
  });

  test("is reported only after three successful listings and a separate check", async () => {
    await using harness = await openHarness({ started: false });
    const hidden = new Set<string>();
    let unavailable = false;
    const sweeps = { count: 0, hiding: 0 };
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async listVolumes(kind) {
          sweeps.count += 1;
          if (unavailable) throw new Error("the engine does not respond");
          if (hidden.size > 0) sweeps.hiding += 1;
          return (await gateway.listVolumes(kind)).filter((id) => !hidden.has(id));
        },
      }),
    });
    const workspace = await harness.online();
    await harness.after("hibernate", workspace);
    hidden.add(workspace.volume?.id ?? "");
    await waitForSweeps(sweeps);
    // The listing omits the volume, but a separate check finds it.
    expect(await harness.volumeOf(workspace)).toMatchObject({ missingSince: null });
    hidden.clear();
    await waitForSweeps(sweeps);
    unavailable = true;
    await waitForSweeps(sweeps, 2);
    await harness.loseVolume(workspace);
    await waitForSweeps(sweeps, 8);
    expect(await harness.volumeOf(workspace)).toMatchObject({ missingSince: null });
    expect(await harness.current(workspace)).toMatchObject({ dataState: "intact" });
    unavailable = false;
    await until(async () => (await harness.volumeOf(workspace)).missingSince, "it is reported as missing");
  });

  test("is not created again by a start", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.after("hibernate", workspace);
    await harness.loseVolume(workspace);
    const operation = await harness.ended(await harness.request("wake", workspace));
    expect(operation).toMatchObject({ status: "failed", error: { code: "data_missing" } });
    expect(await harness.volumeOf(workspace)).toMatchObject({ missingSince: expect.any(String) });
    expect(await harness.backend.volumes.list()).toEqual([]);
  });
});
