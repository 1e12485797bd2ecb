import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import { type MemoryHarness, newWorkspace, openHarness, problem, until } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { bootLog } from "../workspaces/logs.ts";

/** Begins a start that hangs while its instance is created. */
async function stuck(harness: MemoryHarness, dataPersistence: "auto" | "ephemeral" = "auto") {
  harness.backend.faults.hangProvision();
  const input = newWorkspace({ compute: { dataPersistence } });
  const started = await createWorkspace(harness.deps, harness.actor, input);
  await atMachine(harness);
  return started;
}

const atMachine = ({ backend }: MemoryHarness) =>
  until(async () => backend.faults.hangsAhead === 0, "the machine is being made");

describe("a start in progress", () => {
  test("is replaced by a restart with force, which creates a new instance", async () => {
    await using harness = await openHarness();
    const { workspace, operation } = await stuck(harness);
    const before = await harness.incarnationOf(workspace);
    await harness.succeeded(await harness.request("restart", workspace, true));
    expect((await harness.ended(operation)).status).toBe("superseded");
    expect(await harness.current(workspace)).toMatchObject({ status: "online", generation: 2, dataState: "intact" });
    expect(await harness.incarnationOf(workspace)).not.toBe(before);
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
  });

  test.each(["auto", "ephemeral"] as const)("is cancelled by a hibernate with force (%s)", async (dataPersistence) => {
    await using harness = await openHarness();
    const { workspace, operation } = await stuck(harness, dataPersistence);
    await harness.succeeded(await harness.request("hibernate", workspace, true));
    expect((await harness.ended(operation)).status).toBe("superseded");
    expect(await harness.current(workspace)).toMatchObject({ status: "hibernated", desired: "hibernated" });
    expect(await harness.machinesOf(workspace)).toEqual([]);
    expect(await harness.after("wake", workspace)).toMatchObject({ status: "online" });
  });

  test("loses no saved data when a restart is cancelled and the workspace is woken", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    harness.backend.faults.hangProvision();
    const restart = await harness.request("restart", workspace);
    await atMachine(harness);
    // With force, the same verb starts a new operation instead of joining this one.
    const again = await harness.request("restart", workspace, true);
    expect(again.id).not.toBe(restart.id);
    await harness.succeeded(await harness.request("hibernate", workspace, true));
    await harness.after("wake", workspace);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test("has an empty boot log until its instance exists", async () => {
    await using harness = await openHarness();
    const { workspace } = await stuck(harness);
    const log = () => bootLog(harness.deps, harness.actor, { id: workspace.id, tailBytes: 1_000 });
    expect(await log()).toEqual({ text: "", truncated: false, source: "process_log" });
    await harness.succeeded(await harness.request("hibernate", workspace, true));
    await expect(log()).rejects.toEqual(problem({ code: "workspace_not_running" }));
  });

  test("is not ended without force, nor by a pause with force", async () => {
    await using harness = await openHarness();
    const { workspace } = await stuck(harness);
    for (const verb of ["restart", "hibernate"] as const) {
      await expect(harness.request(verb, workspace)).rejects.toEqual(problem({ code: "operation_in_progress" }));
    }
    await expect(harness.request("pause", workspace, true)).rejects.toEqual(problem({ code: "operation_in_progress" }));
    expect(await harness.current(workspace)).toMatchObject({ status: "provisioning", generation: 1 });
  });

  test("can be ended at any point, and no surplus instance is left", async () => {
    await using harness = await openHarness();
    harness.backend.faults.delayProvision(20);
    for (let delay = 0; delay < 12; delay += 1) {
      const { workspace } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
      // Each round interrupts the start at a different point.
      await new Promise((resolve) => setTimeout(resolve, delay * 6));
      const verb = delay % 2 === 0 ? "restart" : "hibernate";
      await harness.succeeded(await harness.request(verb, workspace, true));
      await expect
        .poll(() => harness.machinesOf(workspace), { timeout: 10_000 })
        .toHaveLength(verb === "restart" ? 1 : 0);
    }
  });
});
