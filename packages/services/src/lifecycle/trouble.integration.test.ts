import { randomUUID } from "node:crypto";
import { Sentinels } from "@berth/backends/testing";
import { DomainError, type Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listOperations } from "../operations/operations.ts";
import {
  after,
  current,
  ended,
  filesOf,
  incarnationOf,
  isStatus,
  type MemoryBench,
  machinesOf,
  newWorkspace,
  online,
  openBench,
  succeeded,
} from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { requestAutomaticRestart } from "./recover.ts";

const recoveries = async ({ deps, actor }: MemoryBench, { id }: { id: string }) => {
  const { items } = await listOperations(deps, actor, { workspaceId: id, limit: 100 });
  return items.filter(({ kind }) => kind === "recover");
};

const reasonOf = async (bench: MemoryBench, workspace: { id: string }) =>
  (await current(bench, workspace)).statusReason;

/** Ends the connection of a workspace's daemon and lets no new one in, while its machine goes on. */
async function silence({ deps, sql }: MemoryBench, workspace: Workspace): Promise<void> {
  const incarnation = await incarnationOf({ sql }, workspace);
  Object.assign(deps.installation, { tunnelSecret: "another" });
  deps.tunnel.session(incarnation)?.end();
  await expect.poll(() => deps.tunnel.session(incarnation)).toBeUndefined();
  await sql("update workspaces set last_heartbeat_at = now() - interval '1 hour' where id = $1", [workspace.id]);
}

describe("a machine that ends unasked", () => {
  test("is replaced on the same data, and by one machine", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    const lost = await incarnationOf(bench, workspace);
    await bench.backend.faults.kill(lost);
    await expect.poll(() => incarnationOf(bench, workspace), { timeout: 10_000 }).not.toBe(lost);
    await isStatus(bench, workspace, "online");
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
    expect(await machinesOf(bench, workspace)).toHaveLength(1);
    const [operation, ...more] = await recoveries(bench, workspace);
    expect(more).toEqual([]);
    expect(operation).toMatchObject({ status: "succeeded" });
    expect((await current(bench, workspace)).volume?.id).toBe(workspace.volume?.id);
  });

  test("again and again is left for a person to look at, and comes back when asked to", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    for (let loss = 0; loss < 4; loss += 1) {
      const lost = await incarnationOf(bench, workspace);
      await bench.backend.faults.kill(lost);
      if (loss === 3) break;
      await expect.poll(() => incarnationOf(bench, workspace), { timeout: 10_000 }).not.toBe(lost);
      await isStatus(bench, workspace, "online");
    }
    await isStatus(bench, workspace, "failed");
    expect(await reasonOf(bench, workspace)).toMatchObject({ code: "workspace_not_running", retryable: false });
    expect(await recoveries(bench, workspace)).toHaveLength(3);
    expect(await after(bench, "restart", workspace)).toMatchObject({ status: "online", statusReason: null });
  });

  test("while it is being paused or was paused stays as it was asked to be", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await after(bench, "pause", workspace);
    await bench.backend.instances.destroy({
      incarnationId: await incarnationOf(bench, workspace),
      workspaceId: workspace.id,
    });
    // A lost one that should run is noticed meanwhile: the loop has come round.
    const other = await online(bench);
    const lost = await incarnationOf(bench, other);
    await bench.backend.faults.kill(lost);
    await expect.poll(() => incarnationOf(bench, other), { timeout: 10_000 }).not.toBe(lost);
    expect(await current(bench, workspace)).toMatchObject({ status: "paused" });
    expect(await recoveries(bench, workspace)).toEqual([]);
    // Its data outlived the machine, so a resume makes another one.
    expect(await after(bench, "resume", workspace)).toMatchObject({ status: "online", dataState: "intact" });
  });
});

describe("automatic restarts", () => {
  test("twenty causes at once give one now and one more after it", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    bench.backend.faults.delayProvision(300);
    const causes = Array.from({ length: 20 }, (_, index) =>
      requestAutomaticRestart(bench.deps, workspace.id, `cause ${index}`),
    );
    const outcomes = await Promise.all(causes);
    expect(outcomes.filter((outcome) => outcome === "started")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "noted")).toHaveLength(19);
    await expect.poll(async () => (await recoveries(bench, workspace)).length, { timeout: 10_000 }).toBe(2);
    for (const operation of await recoveries(bench, workspace)) await succeeded(bench, operation);
    await isStatus(bench, workspace, "online");
    const [row] = await bench.sql("select restart_again from workspaces where id = $1", [workspace.id]);
    expect(row).toEqual({ restart_again: null });
    expect(await recoveries(bench, workspace)).toHaveLength(2);
    expect(await machinesOf(bench, workspace)).toHaveLength(1);
  });

  test("are ignored for what should not run, and for a generation that has passed", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const old = workspace.generation;
    await after(bench, "restart", workspace);
    expect(await requestAutomaticRestart(bench.deps, workspace.id, "late", old)).toBe("ignored");
    await after(bench, "pause", workspace);
    expect(await requestAutomaticRestart(bench.deps, workspace.id, "x")).toBe("ignored");
    await after(bench, "resume", workspace);
    await after(bench, "hibernate", workspace);
    expect(await requestAutomaticRestart(bench.deps, workspace.id, "x")).toBe("ignored");
    expect(await requestAutomaticRestart(bench.deps, randomUUID(), "x")).toBe("ignored");
    expect(await recoveries(bench, workspace)).toEqual([]);
  });
});

describe("a backend that does not answer", () => {
  test("makes a workspace offline and nothing lost, and it comes back by itself", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const before = await incarnationOf(bench, workspace);
    bench.backend.faults.setReachable(false);
    // As long as its daemon is connected it is online, whatever the engine says.
    await expect.poll(() => bench.logged.length).toBeGreaterThan(0);
    expect((await current(bench, workspace)).status).toBe("online");
    const secret = bench.deps.installation.tunnelSecret;
    await silence(bench, workspace);
    await isStatus(bench, workspace, "offline");
    expect(await reasonOf(bench, workspace)).toMatchObject({ code: "backend_unavailable", retryable: true });
    expect((await current(bench, workspace)).dataState).toBe("intact");
    bench.backend.faults.setReachable(true);
    // The machine is there; only its daemon has not called home.
    await expect
      .poll(async () => (await reasonOf(bench, workspace))?.code, { timeout: 10_000 })
      .toBe("workspace_not_running");
    Object.assign(bench.deps.installation, { tunnelSecret: secret });
    await isStatus(bench, workspace, "online");
    expect(await incarnationOf(bench, workspace)).toBe(before);
    expect(await recoveries(bench, workspace)).toEqual([]);
  });
});

describe("a start", () => {
  test("that takes too long fails with the end of the boot log, and the machine is kept as evidence", async () => {
    await using bench = await openBench({ settings: { provisionTimeoutSeconds: 1 }, started: false });
    const { deps, actor } = bench;
    // The machine comes up, and its daemon is turned away at the door.
    await bench.startReplica({
      changeDoor: (door) => ({
        ...door,
        provision: (kind, spec, options) =>
          door.provision(kind, { ...spec, boot: { ...spec.boot, tunnelToken: "another" } }, options),
      }),
    });
    const { workspace, operation } = await createWorkspace(deps, actor, newWorkspace());
    const end = await ended(bench, operation);
    expect(end).toMatchObject({ status: "failed", error: { code: "workspace_not_running", retryable: false } });
    expect(end.error?.message).toContain("within 1 seconds");
    expect(end.error?.message).toContain("Berth daemon started");
    expect(await current(bench, workspace)).toMatchObject({ status: "failed", statusReason: { retryable: false } });
    expect(await machinesOf(bench, workspace)).toMatchObject([{ state: "stopped" }]);
  });

  test("that hangs in the backend fails in time too", async () => {
    await using bench = await openBench({ settings: { provisionTimeoutSeconds: 1 } });
    bench.backend.faults.hangProvision();
    const { workspace, operation } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
    const end = await ended(bench, operation);
    expect(end).toMatchObject({ status: "failed", error: { code: "workspace_not_running", retryable: false } });
    expect(await machinesOf(bench, workspace)).toEqual([]);
    expect(await after(bench, "restart", workspace)).toMatchObject({ status: "online" });
  });

  test("that can never work fails at once and says what to do", async () => {
    await using bench = await openBench();
    bench.backend.faults.failProvision(new DomainError("invalid_input", "There is no such image. Name another."));
    const { workspace, operation } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
    const end = await ended(bench, operation);
    expect(end).toMatchObject({ status: "failed", error: { code: "invalid_input", retryable: false } });
    expect(await reasonOf(bench, workspace)).toMatchObject({ message: "There is no such image. Name another." });
    expect(end.steps.at(-1)).toMatchObject({ name: "Start the machine", status: "failed" });
  });

  test("that may work later is tried again, says when, and then succeeds", async () => {
    await using bench = await openBench();
    const busy = new DomainError("backend_unavailable", "The engine is busy.");
    bench.backend.faults.failProvision(busy, new Error("nobody expected this"));
    const { workspace, operation } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
    await expect
      .poll(async () => reasonOf(bench, workspace))
      .toMatchObject({ code: "backend_unavailable", retryable: true, nextAttemptAt: expect.any(String) });
    await succeeded(bench, operation);
    expect(await current(bench, workspace)).toMatchObject({ status: "online", statusReason: null });
    const [row] = await bench.sql<{ attempt: number }>("select attempt from operations where id = $1", [operation.id]);
    expect(row?.attempt).toBe(3);
    expect(bench.logged.map((each) => String(each.error)).join()).toContain("nobody expected this");
    // What is unexpected is in the log and in nothing that is shown.
    const answers = await bench.sql("select steps, error from operations");
    expect(JSON.stringify(answers)).not.toContain("nobody expected this");
  });

  test("whose answer was lost makes no second machine", async () => {
    await using bench = await openBench();
    bench.backend.faults.loseProvisionAnswer(2);
    const workspace = await online(bench);
    expect(await machinesOf(bench, workspace)).toHaveLength(1);
    expect(await current(bench, workspace)).toMatchObject({ status: "online", generation: 1 });
  });

  test("of many at once: no more than so many run side by side, and none is forgotten", async () => {
    await using bench = await openBench({ reconciler: { startsMax: 2 } });
    const { deps, actor } = bench;
    let [now, most] = [0, 0];
    const provision = bench.backend.instances.provision.bind(bench.backend.instances);
    bench.backend.instances.provision = async (...input) => {
      now += 1;
      most = Math.max(most, now);
      await provision(...input).finally(() => {
        now -= 1;
      });
    };
    bench.backend.faults.delayProvision(20);
    const created = await Promise.all(Array.from({ length: 12 }, () => createWorkspace(deps, actor, newWorkspace())));
    for (const { operation } of created) await succeeded(bench, operation);
    expect(most).toBe(2);
  });
});
