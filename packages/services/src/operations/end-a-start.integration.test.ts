import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import { type MemoryBench, newWorkspace, openBench, problem, until } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { bootLog } from "../workspaces/logs.ts";

/** Begins a start that hangs while its instance is created. */
async function stuck(bench: MemoryBench, dataPersistence: "auto" | "ephemeral" = "auto") {
  bench.backend.faults.hangProvision();
  const input = newWorkspace({ compute: { dataPersistence } });
  const started = await createWorkspace(bench.deps, bench.actor, input);
  await atMachine(bench);
  return started;
}

const atMachine = ({ backend }: MemoryBench) =>
  until(async () => backend.faults.hangsAhead === 0, "the machine is being made");

describe("a start in progress", () => {
  test("is replaced by a restart with force, which creates a new instance", async () => {
    await using bench = await openBench();
    const { workspace, operation } = await stuck(bench);
    const before = await bench.incarnationOf(workspace);
    await bench.succeeded(await bench.ask("restart", workspace, true));
    expect((await bench.ended(operation)).status).toBe("superseded");
    expect(await bench.current(workspace)).toMatchObject({ status: "online", generation: 2, dataState: "intact" });
    expect(await bench.incarnationOf(workspace)).not.toBe(before);
    expect(await bench.machinesOf(workspace)).toHaveLength(1);
  });

  test.each(["auto", "ephemeral"] as const)("is cancelled by a hibernate with force (%s)", async (dataPersistence) => {
    await using bench = await openBench();
    const { workspace, operation } = await stuck(bench, dataPersistence);
    await bench.succeeded(await bench.ask("hibernate", workspace, true));
    expect((await bench.ended(operation)).status).toBe("superseded");
    expect(await bench.current(workspace)).toMatchObject({ status: "hibernated", desired: "hibernated" });
    expect(await bench.machinesOf(workspace)).toEqual([]);
    expect(await bench.after("wake", workspace)).toMatchObject({ status: "online" });
  });

  test("loses no saved data when a restart is cancelled and the workspace is woken", async () => {
    await using bench = await openBench();
    const workspace = await bench.online();
    const sentinels = await Sentinels.plant(await bench.filesOf(workspace), "/workspace");
    bench.backend.faults.hangProvision();
    const restart = await bench.ask("restart", workspace);
    await atMachine(bench);
    // With force, the same verb does not join the operation but begins a new one.
    const again = await bench.ask("restart", workspace, true);
    expect(again.id).not.toBe(restart.id);
    await bench.succeeded(await bench.ask("hibernate", workspace, true));
    await bench.after("wake", workspace);
    expect(await sentinels.found(await bench.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test("has an empty boot log until its instance exists", async () => {
    await using bench = await openBench();
    const { workspace } = await stuck(bench);
    const log = () => bootLog(bench.deps, bench.actor, { id: workspace.id, tailBytes: 1_000 });
    expect(await log()).toEqual({ text: "", truncated: false, source: "process_log" });
    await bench.succeeded(await bench.ask("hibernate", workspace, true));
    await expect(log()).rejects.toEqual(problem({ code: "workspace_not_running" }));
  });

  test("is not ended without force, nor by a pause with force", async () => {
    await using bench = await openBench();
    const { workspace } = await stuck(bench);
    for (const verb of ["restart", "hibernate"] as const) {
      await expect(bench.ask(verb, workspace)).rejects.toEqual(problem({ code: "operation_in_progress" }));
    }
    await expect(bench.ask("pause", workspace, true)).rejects.toEqual(problem({ code: "operation_in_progress" }));
    expect(await bench.current(workspace)).toMatchObject({ status: "provisioning", generation: 1 });
  });

  test("can be ended at any point, and no surplus instance is left", async () => {
    await using bench = await openBench();
    bench.backend.faults.delayProvision(20);
    for (let delay = 0; delay < 12; delay += 1) {
      const { workspace } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
      // Each round interrupts the start at a different point.
      await new Promise((resolve) => setTimeout(resolve, delay * 6));
      const verb = delay % 2 === 0 ? "restart" : "hibernate";
      await bench.succeeded(await bench.ask(verb, workspace, true));
      await expect
        .poll(() => bench.machinesOf(workspace), { timeout: 10_000 })
        .toHaveLength(verb === "restart" ? 1 : 0);
    }
  });
});
