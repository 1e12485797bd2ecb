import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import {
  after,
  ask,
  current,
  ended,
  filesOf,
  incarnationOf,
  type MemoryBench,
  machinesOf,
  newWorkspace,
  online,
  openBench,
  problem,
  succeeded,
  until,
} from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { bootLog } from "../workspaces/logs.ts";

/** A start that hangs while its machine is made. */
async function stuck(bench: MemoryBench, dataPersistence: "auto" | "ephemeral" = "auto") {
  bench.backend.faults.hangProvision();
  const input = newWorkspace({ compute: { dataPersistence } });
  const started = await createWorkspace(bench.deps, bench.actor, input);
  await atMachine(bench);
  return started;
}

const atMachine = (bench: MemoryBench) =>
  until(
    async () =>
      (await bench.sql("select 1 from operations where status = 'running' and steps::text like '%Start the machine%'"))
        .length === 1,
    "the machine is being started",
  );

describe("a start that is under way", () => {
  test("is tried again with a new machine by a restart with force", async () => {
    await using bench = await openBench();
    const { workspace, operation } = await stuck(bench);
    const before = await incarnationOf(bench, workspace);
    await succeeded(bench, await ask(bench, "restart", workspace, true));
    expect((await ended(bench, operation)).status).toBe("superseded");
    expect(await current(bench, workspace)).toMatchObject({ status: "online", generation: 2, dataState: "intact" });
    expect(await incarnationOf(bench, workspace)).not.toBe(before);
    expect(await machinesOf(bench, workspace)).toHaveLength(1);
  });

  test.each(["auto", "ephemeral"] as const)("is called off by a hibernate with force (%s)", async (dataPersistence) => {
    await using bench = await openBench();
    const { workspace, operation } = await stuck(bench, dataPersistence);
    await succeeded(bench, await ask(bench, "hibernate", workspace, true));
    expect((await ended(bench, operation)).status).toBe("superseded");
    expect(await current(bench, workspace)).toMatchObject({ status: "hibernated", desired: "hibernated" });
    expect(await machinesOf(bench, workspace)).toEqual([]);
    expect(await after(bench, "wake", workspace)).toMatchObject({ status: "online" });
  });

  test("loses no byte of saved data when a restart of it is called off and woken", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    bench.backend.faults.hangProvision();
    const restart = await ask(bench, "restart", workspace);
    await atMachine(bench);
    // The same verb with force is no join: it begins anew.
    const again = await ask(bench, "restart", workspace, true);
    expect(again.id).not.toBe(restart.id);
    await succeeded(bench, await ask(bench, "hibernate", workspace, true));
    await after(bench, "wake", workspace);
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
  });

  test("has an empty boot log until its machine is there", async () => {
    await using bench = await openBench();
    const { workspace } = await stuck(bench);
    const log = () => bootLog(bench.deps, bench.actor, { id: workspace.id, tailBytes: 1_000 });
    expect(await log()).toEqual({ text: "", truncated: false, source: "process_log" });
    await succeeded(bench, await ask(bench, "hibernate", workspace, true));
    await expect(log()).rejects.toEqual(problem({ code: "workspace_not_running" }));
  });

  test("is ended by nothing without force, and by a pause not at all", async () => {
    await using bench = await openBench();
    const { workspace } = await stuck(bench);
    for (const verb of ["restart", "hibernate"] as const) {
      await expect(ask(bench, verb, workspace)).rejects.toEqual(problem({ code: "operation_in_progress" }));
    }
    await expect(ask(bench, "pause", workspace, true)).rejects.toEqual(problem({ code: "operation_in_progress" }));
    expect(await current(bench, workspace)).toMatchObject({ status: "provisioning", generation: 1 });
  });

  test("is ended at every moment of it, and one machine is left", async () => {
    await using bench = await openBench();
    bench.backend.faults.delayProvision(20);
    for (let delay = 0; delay < 12; delay += 1) {
      const { workspace } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
      // Not a wait for something: a different moment each time.
      await new Promise((resolve) => setTimeout(resolve, delay * 6));
      const verb = delay % 2 === 0 ? "restart" : "hibernate";
      await succeeded(bench, await ask(bench, verb, workspace, true));
      await expect
        .poll(() => machinesOf(bench, workspace), { timeout: 10_000 })
        .toHaveLength(verb === "restart" ? 1 : 0);
    }
  });
});
