import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import { statFile } from "../files/files.ts";
import { openHarness, problem } from "../testing/index.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { getReceipt, getVolume } from "./volumes.ts";

describe("the data of a deleted workspace", () => {
  test("auto: is erased after the grace time, with a receipt", async () => {
    await using harness = await openHarness({ settings: { graceHours: 1 } });
    const { deps, actor } = harness;
    const workspace = await harness.online({ compute: { dataPersistence: "auto" } });
    const id = workspace.volume?.id ?? "";
    await harness.deleted(workspace);
    const kept = await getVolume(deps, actor, { id });
    expect(kept).toMatchObject({ state: "retained", workspaceName: workspace.name });
    const hoursKept = (Date.parse(kept.retainedUntil ?? "") - Date.now()) / 3_600_000;
    expect(hoursKept).toBeGreaterThan(0.9);
    expect(hoursKept).toBeLessThan(1.1);
    await harness.endGrace();
    await expect.poll(async () => (await getVolume(deps, actor, { id })).state, { timeout: 10_000 }).toBe("erased");
    expect(await harness.backend.volumes.list()).toEqual([]);
    expect(await getReceipt(deps, actor, { id })).toMatchObject({
      reason: "retention_expired",
      requestedBy: "berth: the grace time has ended",
    });
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "data_erased" }));
  });

  test("auto: is erased at once when the grace time is zero", async () => {
    await using harness = await openHarness({ settings: { graceHours: 0 } });
    const workspace = await harness.online();
    await harness.deleted(workspace);
    const id = workspace.volume?.id ?? "";
    await expect
      .poll(async () => (await getVolume(harness.deps, harness.actor, { id })).state, { timeout: 10_000 })
      .toBe("erased");
  });

  test("persist: is never erased by the retention loop", async () => {
    await using harness = await openHarness({ settings: { graceHours: 0 } });
    const { deps, actor } = harness;
    const kept = await harness.online({ compute: { dataPersistence: "persist" } });
    const swept = await harness.online({ compute: { dataPersistence: "auto" } });
    await harness.deleted(kept);
    await harness.deleted(swept);
    await harness.sql("update volumes set created_at = now() - interval '10 years'");
    // The retention loop has run once the other volume is erased.
    await expect
      .poll(async () => (await getVolume(deps, actor, { id: swept.volume?.id ?? "" })).state, { timeout: 10_000 })
      .toBe("erased");
    expect(await getVolume(deps, actor, { id: kept.volume?.id ?? "" })).toMatchObject({
      state: "retained",
      retainedUntil: null,
    });
    expect(await harness.backend.volumes.list()).toEqual([kept.volume?.id]);
  });

  test("comes back byte for byte with a restore, which clears the deadline", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await harness.deleted(workspace);
    expect((await harness.current(workspace)).retainedUntil).not.toBeNull();
    harness.backend.faults.delayProvision(500);
    const restored = await restoreWorkspace(deps, actor, workspace);
    expect((await restoreWorkspace(deps, actor, workspace)).operation.id).toBe(restored.operation.id);
    await harness.succeeded(restored.operation);
    expect(await harness.current(workspace)).toMatchObject({
      status: "online",
      deletedAt: null,
      retainedUntil: null,
      volume: { id: workspace.volume?.id, state: "attached" },
    });
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "illegal_transition" }));
  });

  test("can be browsed, and stays retained when a restore fails because the name is taken", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online({ name: "same" });
    await (await harness.filesOf(workspace)).write("/workspace", "/a.txt", Buffer.from("abc"));
    await harness.deleted(workspace);
    await harness.online({ name: "same" });
    const place = { workspaceId: workspace.id, root: "/workspace", path: "/a.txt" };
    expect(await statFile(deps, actor, place, AbortSignal.timeout(9000))).toMatchObject({ size: 3 });
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "name_taken" }));
    expect(await harness.current(workspace)).toMatchObject({ status: "deleted", volume: { state: "retained" } });
  });
});

describe("a volume that the backend no longer has", () => {
  test("is reported as missing data, and is not replaced by an empty volume", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.after("hibernate", workspace);
    await harness.loseVolume(workspace);
    await expect
      .poll(async () => await harness.current(workspace), { timeout: 10_000 })
      .toMatchObject({ status: "hibernated", dataState: "missing" });
    const operation = await harness.ended(await harness.request("wake", workspace));
    expect(operation).toMatchObject({ status: "failed", error: { code: "data_missing", retryable: false } });
    expect(await harness.current(workspace)).toMatchObject({ status: "failed", dataState: "missing" });
    expect(await harness.backend.volumes.list()).toEqual([]);
    expect(await harness.machinesOf(workspace)).toEqual([]);
  });

  test("is used again when it is back", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.after("hibernate", workspace);
    await harness.loseVolume(workspace);
    await harness.ended(await harness.request("wake", workspace));
    await harness.backend.volumes.create(workspace.volume?.id ?? "");
    expect(await harness.after("restart", workspace)).toMatchObject({ status: "online", dataState: "intact" });
  });

  test("is not assumed when the backend does not respond", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.after("hibernate", workspace);
    harness.backend.faults.setReachable(false);
    const wake = await harness.request("wake", workspace);
    await expect
      .poll(async () => (await harness.current(workspace)).statusReason?.code, { timeout: 10_000 })
      .toBe("backend_unavailable");
    expect((await harness.current(workspace)).dataState).toBe("intact");
    harness.backend.faults.setReachable(true);
    await harness.succeeded(wake);
  });
});
