import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import { statFile } from "../files/files.ts";
import { openBench, problem } from "../testing/index.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { getReceipt, getVolume } from "./volumes.ts";

describe("the data of a deleted workspace", () => {
  test("auto: is erased after the grace time, with a receipt", async () => {
    await using bench = await openBench({ settings: { graceHours: 1 } });
    const { deps, actor } = bench;
    const workspace = await bench.online({ compute: { dataPersistence: "auto" } });
    const id = workspace.volume?.id ?? "";
    await bench.deleted(workspace);
    const kept = await getVolume(deps, actor, { id });
    expect(kept).toMatchObject({ state: "retained", workspaceName: workspace.name });
    const hoursKept = (Date.parse(kept.retainedUntil ?? "") - Date.now()) / 3_600_000;
    expect(hoursKept).toBeGreaterThan(0.9);
    expect(hoursKept).toBeLessThan(1.1);
    await bench.endGrace();
    await expect.poll(async () => (await getVolume(deps, actor, { id })).state, { timeout: 10_000 }).toBe("erased");
    expect(await bench.backend.volumes.list()).toEqual([]);
    expect(await getReceipt(deps, actor, { id })).toMatchObject({
      reason: "retention_expired",
      requestedBy: "berth: the grace time has ended",
    });
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "data_erased" }));
  });

  test("auto: is erased at once when the grace time is zero", async () => {
    await using bench = await openBench({ settings: { graceHours: 0 } });
    const workspace = await bench.online();
    await bench.deleted(workspace);
    const id = workspace.volume?.id ?? "";
    await expect
      .poll(async () => (await getVolume(bench.deps, bench.actor, { id })).state, { timeout: 10_000 })
      .toBe("erased");
  });

  test("persist: is never erased by the retention loop", async () => {
    await using bench = await openBench({ settings: { graceHours: 0 } });
    const { deps, actor } = bench;
    const kept = await bench.online({ compute: { dataPersistence: "persist" } });
    const swept = await bench.online({ compute: { dataPersistence: "auto" } });
    await bench.deleted(kept);
    await bench.deleted(swept);
    await bench.sql("update volumes set created_at = now() - interval '10 years'");
    // The retention loop has run once the other volume is erased.
    await expect
      .poll(async () => (await getVolume(deps, actor, { id: swept.volume?.id ?? "" })).state, { timeout: 10_000 })
      .toBe("erased");
    expect(await getVolume(deps, actor, { id: kept.volume?.id ?? "" })).toMatchObject({
      state: "retained",
      retainedUntil: null,
    });
    expect(await bench.backend.volumes.list()).toEqual([kept.volume?.id]);
  });

  test("comes back byte for byte with a restore, which clears the deadline", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const workspace = await bench.online();
    const sentinels = await Sentinels.plant(await bench.filesOf(workspace), "/workspace");
    await bench.deleted(workspace);
    expect((await bench.current(workspace)).retainedUntil).not.toBeNull();
    bench.backend.faults.delayProvision(500);
    const restored = await restoreWorkspace(deps, actor, workspace);
    expect((await restoreWorkspace(deps, actor, workspace)).operation.id).toBe(restored.operation.id);
    await bench.succeeded(restored.operation);
    expect(await bench.current(workspace)).toMatchObject({
      status: "online",
      deletedAt: null,
      retainedUntil: null,
      volume: { id: workspace.volume?.id, state: "attached" },
    });
    expect(await sentinels.found(await bench.filesOf(workspace))).toEqual(sentinels.planted);
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "illegal_transition" }));
  });

  test("can be browsed, and stays retained when a restore fails because the name is taken", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const workspace = await bench.online({ name: "same" });
    await (await bench.filesOf(workspace)).write("/workspace", "/a.txt", Buffer.from("abc"));
    await bench.deleted(workspace);
    await bench.online({ name: "same" });
    const place = { workspaceId: workspace.id, root: "/workspace", path: "/a.txt" };
    expect(await statFile(deps, actor, place, AbortSignal.timeout(9000))).toMatchObject({ size: 3 });
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "name_taken" }));
    expect(await bench.current(workspace)).toMatchObject({ status: "deleted", volume: { state: "retained" } });
  });
});

describe("a volume that the backend no longer has", () => {
  test("is reported as missing data, and is not replaced by an empty volume", async () => {
    await using bench = await openBench();
    const workspace = await bench.online();
    await bench.after("hibernate", workspace);
    await bench.loseVolume(workspace);
    await expect
      .poll(async () => await bench.current(workspace), { timeout: 10_000 })
      .toMatchObject({ status: "hibernated", dataState: "missing" });
    const operation = await bench.ended(await bench.ask("wake", workspace));
    expect(operation).toMatchObject({ status: "failed", error: { code: "data_missing", retryable: false } });
    expect(await bench.current(workspace)).toMatchObject({ status: "failed", dataState: "missing" });
    expect(await bench.backend.volumes.list()).toEqual([]);
    expect(await bench.machinesOf(workspace)).toEqual([]);
  });

  test("is used again when it is back", async () => {
    await using bench = await openBench();
    const workspace = await bench.online();
    await bench.after("hibernate", workspace);
    await bench.loseVolume(workspace);
    await bench.ended(await bench.ask("wake", workspace));
    await bench.backend.volumes.create(workspace.volume?.id ?? "");
    expect(await bench.after("restart", workspace)).toMatchObject({ status: "online", dataState: "intact" });
  });

  test("is not assumed when the backend does not answer", async () => {
    await using bench = await openBench();
    const workspace = await bench.online();
    await bench.after("hibernate", workspace);
    bench.backend.faults.setReachable(false);
    const wake = await bench.ask("wake", workspace);
    await expect
      .poll(async () => (await bench.current(workspace)).statusReason?.code, { timeout: 10_000 })
      .toBe("backend_unavailable");
    expect((await bench.current(workspace)).dataState).toBe("intact");
    bench.backend.faults.setReachable(true);
    await bench.succeeded(wake);
  });
});
