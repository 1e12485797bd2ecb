import { randomUUID } from "node:crypto";
import type { ListedInstance } from "@berth/backends";
import { Sentinels } from "@berth/backends/testing";
import { DomainError, type Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { type MemoryHarness, openHarness } from "../testing/index.ts";
import { listOperations } from "./operations.ts";
import { requestAutomaticRestart } from "./recover.ts";

const recoveries = async ({ deps, actor }: MemoryHarness, { id }: { id: string }) => {
  const { items } = await listOperations(deps, actor, { workspaceId: id, limit: 100 });
  return items.filter(({ kind }) => kind === "recover");
};

const reasonOf = async (harness: MemoryHarness, workspace: { id: string }) =>
  (await harness.current(workspace)).statusReason;

/** Disconnects a workspace's daemon and refuses its reconnects, while the instance keeps running. */
async function silence(harness: MemoryHarness, workspace: Workspace): Promise<void> {
  const { deps } = harness;
  const incarnation = await harness.incarnationOf(workspace);
  Object.assign(deps.installation, { tunnelSecret: "another" });
  deps.tunnel.session(incarnation)?.end();
  await expect.poll(() => deps.tunnel.session(incarnation)).toBeUndefined();
}

describe("an instance that is lost", () => {
  test("is replaced by one instance on the same data", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    const lost = await harness.incarnationOf(workspace);
    await harness.backend.faults.kill(lost);
    await expect.poll(() => harness.incarnationOf(workspace), { timeout: 10_000 }).not.toBe(lost);
    await harness.isStatus(workspace, "online");
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
    const [operation, ...more] = await recoveries(harness, workspace);
    expect(more).toEqual([]);
    expect(operation).toMatchObject({ status: "succeeded" });
    expect((await harness.current(workspace)).volume?.id).toBe(workspace.volume?.id);
  });

  test("repeatedly fails its workspace, which a restart brings back online", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    for (let loss = 0; loss < 4; loss += 1) {
      const lost = await harness.incarnationOf(workspace);
      await harness.backend.faults.kill(lost);
      if (loss === 3) break;
      await expect.poll(() => harness.incarnationOf(workspace), { timeout: 10_000 }).not.toBe(lost);
      await harness.isStatus(workspace, "online");
    }
    await harness.isStatus(workspace, "failed");
    expect(await reasonOf(harness, workspace)).toMatchObject({ code: "workspace_not_running", retryable: false });
    expect(await recoveries(harness, workspace)).toHaveLength(3);
    expect(await harness.after("restart", workspace)).toMatchObject({ status: "online", statusReason: null });
  });

  test("according to a listing is not replaced while its daemon is connected", async () => {
    await using harness = await openHarness({ started: false });
    let omitted = 0;
    let omits = false;
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        list: async (kind) => {
          const listed = await gateway.list(kind);
          if (omits) omitted += 1;
          return omits ? [] : listed;
        },
      }),
    });
    const workspace = await harness.online();
    const incarnation = await harness.incarnationOf(workspace);
    omits = true;
    await expect.poll(() => omitted).toBeGreaterThan(5);
    expect(await harness.incarnationOf(workspace)).toBe(incarnation);
    expect(await harness.current(workspace)).toMatchObject({ status: "online", statusReason: null });
    expect(await recoveries(harness, workspace)).toEqual([]);
    await harness.backend.faults.kill(incarnation);
    await expect.poll(async () => (await recoveries(harness, workspace)).length).toBeGreaterThan(0);
  });

  test("is replaced soon although the backend lists it as running for a moment after its connection has ended", async () => {
    await using harness = await openHarness({ started: false });
    let earlier: ListedInstance[] | null = null;
    await harness.startReplica({
      reconciler: { observe: { periodSeconds: 600, settlingSeconds: 0 } },
      changeGateway: (gateway) => ({ ...gateway, list: async (kind) => earlier ?? gateway.list(kind) }),
    });
    const workspace = await harness.online();
    const lost = await harness.incarnationOf(workspace);
    earlier = await harness.backend.instances.list();
    await harness.backend.faults.kill(lost);
    await harness.isStatus(workspace, "offline");
    earlier = null;
    await expect.poll(() => harness.incarnationOf(workspace)).not.toBe(lost);
    await harness.isStatus(workspace, "online");
  });

  test("while paused is not replaced until the resume", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.after("pause", workspace);
    await harness.backend.instances.destroy({
      incarnationId: await harness.incarnationOf(workspace),
      workspaceId: workspace.id,
    });
    // The loss of another instance, which is running, is detected first, which proves that the observe loop has run.
    const other = await harness.online();
    const lost = await harness.incarnationOf(other);
    await harness.backend.faults.kill(lost);
    await expect.poll(() => harness.incarnationOf(other), { timeout: 10_000 }).not.toBe(lost);
    expect(await harness.current(workspace)).toMatchObject({ status: "paused" });
    expect(await recoveries(harness, workspace)).toEqual([]);
    // The data still exists, so the resume creates a new incarnation: each one creates its instance only once.
    const gone = await harness.incarnationOf(workspace);
    expect(await harness.after("resume", workspace)).toMatchObject({ status: "online", dataState: "intact" });
    expect(await harness.incarnationOf(workspace)).not.toBe(gone);
    const rows = await harness.sql("select id from incarnations where workspace_id = $1 and ended_at is null", [
      workspace.id,
    ]);
    expect(rows).toEqual([{ id: await harness.incarnationOf(workspace) }]);
  });
});

test("a resume completes its new instance in the next attempt when the backend failed half-way", async () => {
  await using harness = await openHarness({ started: false });
  const provisioned: string[] = [];
  await harness.startReplica({
    changeGateway: (gateway) => ({
      ...gateway,
      async provision(kind, spec, options) {
        await gateway.provision(kind, spec, options);
        provisioned.push(spec.incarnationId);
        // The instance runs, but the provision call fails before it is complete.
        if (provisioned.length === 2) throw new DomainError("backend_unavailable", "It breaks off.");
      },
    }),
  });
  const workspace = await harness.online();
  await harness.after("pause", workspace);
  const [incarnationId = ""] = provisioned;
  await harness.backend.instances.destroy({ incarnationId, workspaceId: workspace.id });
  await harness.after("resume", workspace);
  expect(provisioned).toHaveLength(3);
  expect(provisioned[2]).toBe(provisioned[1]);
  expect(provisioned[1]).not.toBe(incarnationId);
  expect(await harness.machinesOf(workspace)).toHaveLength(1);
});

describe("automatic restarts", () => {
  test("run once now and once more afterwards for twenty concurrent causes", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    harness.backend.faults.delayProvision(300);
    const causes = Array.from({ length: 20 }, (_, index) =>
      requestAutomaticRestart(harness.deps, workspace.id, `cause ${index}`),
    );
    const outcomes = await Promise.all(causes);
    expect(outcomes.filter((outcome) => outcome === "started")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "noted")).toHaveLength(19);
    await expect.poll(async () => (await recoveries(harness, workspace)).length, { timeout: 10_000 }).toBe(2);
    for (const operation of await recoveries(harness, workspace)) await harness.succeeded(operation);
    await harness.isStatus(workspace, "online");
    const [row] = await harness.sql("select restart_again from workspaces where id = $1", [workspace.id]);
    expect(row).toEqual({ restart_again: null });
    expect(await recoveries(harness, workspace)).toHaveLength(2);
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
  });

  test("are ignored for a workspace that should not run and for an older generation", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const old = workspace.generation;
    await harness.after("restart", workspace);
    expect(await requestAutomaticRestart(harness.deps, workspace.id, "late", old)).toBe("ignored");
    await harness.after("pause", workspace);
    expect(await requestAutomaticRestart(harness.deps, workspace.id, "x")).toBe("ignored");
    await harness.after("resume", workspace);
    await harness.after("hibernate", workspace);
    expect(await requestAutomaticRestart(harness.deps, workspace.id, "x")).toBe("ignored");
    expect(await requestAutomaticRestart(harness.deps, randomUUID(), "x")).toBe("ignored");
    expect(await recoveries(harness, workspace)).toEqual([]);
  });
});

describe("a backend that does not respond", () => {
  test("leaves the workspace offline with its data intact, and online again afterwards", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const before = await harness.incarnationOf(workspace);
    harness.backend.faults.setReachable(false);
    // The workspace is online as long as its daemon is connected, even if the engine does not respond.
    await expect.poll(() => harness.logged.length).toBeGreaterThan(0);
    expect((await harness.current(workspace)).status).toBe("online");
    const secret = harness.deps.installation.tunnelSecret;
    await silence(harness, workspace);
    await harness.isStatus(workspace, "offline");
    expect(await reasonOf(harness, workspace)).toMatchObject({ code: "backend_unavailable", retryable: true });
    expect((await harness.current(workspace)).dataState).toBe("intact");
    harness.backend.faults.setReachable(true);
    // The instance exists; only its daemon is not connected.
    await expect
      .poll(async () => (await reasonOf(harness, workspace))?.code, { timeout: 10_000 })
      .toBe("workspace_not_running");
    Object.assign(harness.deps.installation, { tunnelSecret: secret });
    await harness.isStatus(workspace, "online");
    expect(await harness.incarnationOf(workspace)).toBe(before);
    expect(await recoveries(harness, workspace)).toEqual([]);
  });

  test("is used again for what waits for it as soon as it responds", async () => {
    await using harness = await openHarness({ started: false });
    let failed = 0;
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        list: (kind) =>
          gateway.list(kind).catch((error: unknown) => {
            failed += 1;
            throw error;
          }),
      }),
    });
    const workspace = await harness.online();
    harness.backend.faults.setReachable(false);
    const operation = await harness.request("restart", workspace);
    const waiting =
      "update operations set run_at = now() + interval '50 seconds' where id = $1 and status = 'queued' and attempt > 0 returning id";
    await expect.poll(async () => (await harness.sql(waiting, [operation.id])).length).toBe(1);
    const before = failed;
    // The sweep lists too, so one failure need not be that of the observe loop.
    await expect.poll(() => failed).toBeGreaterThan(before + 3);
    harness.backend.faults.setReachable(true);
    await harness.succeeded(operation);
  });
});
