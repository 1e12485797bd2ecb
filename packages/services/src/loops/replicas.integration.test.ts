import { randomUUID } from "node:crypto";
import { newSpec, provisionOptions, Sentinels } from "@berth/backends/testing";
import { TunnelHub } from "@berth/backends/tunnel";
import { claimOperation, findIncarnation, findWorkspace } from "@berth/db";
import { insertIncarnation } from "@berth/db/requests";
import { describe, expect, test } from "vitest";
import { authenticateDaemon } from "../access/authenticate.ts";
import { initialTunnelToken } from "../access/secrets.ts";
import type { LifecycleDeps } from "../deps.ts";
import { listEvents } from "../events/feed.ts";
import { endInstances } from "../instances/end.ts";
import { OperationRun, Superseded } from "../operations/run.ts";
import { newWorkspace, openHarness, until } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";

describe("several replicas on one database", () => {
  test("share the operations, and never work on the same workspace at the same time", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    const busy = new Map<string, number>();
    const [overlaps, workers] = [[] as string[], new Set<number>()];
    for (const replica of [0, 1, 2]) {
      await harness.startReplica({
        reconciler: { startsMax: 2 },
        changeGateway: (gateway) => ({
          ...gateway,
          async provision(kind, spec, options) {
            const { workspaceId, purpose } = spec;
            if (purpose === "workspace" && busy.has(workspaceId)) overlaps.push(workspaceId);
            busy.set(workspaceId, replica);
            workers.add(replica);
            await gateway.provision(kind, spec, options).finally(() => busy.delete(workspaceId));
          },
        }),
      });
    }
    harness.backend.faults.delayProvision(50);
    const created = await Promise.all(Array.from({ length: 10 }, () => createWorkspace(deps, actor, newWorkspace())));
    for (const { operation } of created) await harness.succeeded(operation);
    for (let round = 0; round < 3; round += 1) {
      const asked = await Promise.all(created.map(({ workspace }) => harness.request("restart", workspace)));
      for (const operation of asked) await harness.succeeded(operation);
    }
    expect(overlaps).toEqual([]);
    expect(workers.size).toBe(3);
    for (const { workspace } of created) {
      expect(await harness.machinesOf(workspace)).toHaveLength(1);
      expect((await harness.current(workspace)).generation).toBe(4);
      const rows = await harness.sql("select 1 from operations where workspace_id = $1 and attempt <> 1", [
        workspace.id,
      ]);
      expect(rows).toEqual([]);
    }
  });

  test("a worker suspended in the middle of a step ends no instance of a later start", async () => {
    await using harness = await openHarness({ started: false });
    const replica = await harness.startReplica();
    const workspace = await harness.online();
    const stale = await findWorkspace(harness.deps.db, workspace.id);
    if (!stale) throw new Error("The workspace is missing.");
    await harness.after("restart", workspace);
    const later = await harness.incarnationOf(workspace);
    await endInstances(replica.deps, stale, stale.incarnationId);
    expect((await harness.machinesOf(workspace)).map(({ incarnationId }) => incarnationId)).toEqual([later]);
    expect(await findIncarnation(harness.deps.db, later)).toMatchObject({ endedAt: null });
  });

  test("a replica brings workspaces online whose daemons connect to another replica", async () => {
    await using harness = await openHarness({ started: false });
    const emptyTunnel = new TunnelHub({ authenticate: async () => null });
    // The first replica runs all operations but has no daemons. The other one has the daemons but runs no operations.
    await harness.startReplica({ tunnel: emptyTunnel, reconciler: { observe: { periodSeconds: 600 } } });
    await harness.startReplica({ reconciler: { startsMax: 0, othersMax: 0 } });
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    const first = await harness.incarnationOf(workspace);
    expect(await harness.after("restart", workspace)).toMatchObject({ status: "online" });
    const second = await harness.incarnationOf(workspace);
    expect(second).not.toBe(first);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    await harness.after("pause", workspace);
    expect(await harness.after("resume", workspace)).toMatchObject({ status: "online" });
    expect(await harness.incarnationOf(workspace)).toBe(second);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
    await emptyTunnel.close();
  });

  test("another replica continues the operation of a killed one, and one instance results", async () => {
    await using harness = await openHarness({ started: false });
    const first = await harness.startReplica();
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    harness.backend.faults.hangProvision();
    const operation = await harness.request("restart", workspace);
    await expect.poll(async () => (await harness.current(workspace)).status).toBe("provisioning");
    await until(async () => harness.backend.faults.hangsAhead === 0, "the machine is being made");
    await first.die();
    await harness.startReplica();
    await harness.sql("update operations set lease_until = now() where lease_until is not null");
    await harness.succeeded(operation);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
  });

  test("a restarted replica continues its operation at once, without waiting for its own lease", async () => {
    await using harness = await openHarness({ started: false, reconciler: { leaseSeconds: 600 } });
    const replicaId = randomUUID();
    const first = await harness.startReplica({ replicaId });
    harness.backend.faults.hangProvision();
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    await until(async () => harness.backend.faults.hangsAhead === 0, "the machine is being made");
    await first.die();
    await harness.startReplica({ replicaId });
    await harness.succeeded(operation);
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
  });

  test("a stalled worker that lost its lease runs no further step", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    await createWorkspace(deps, actor, newWorkspace());
    // No worker may use this id, because a worker that starts drops the old leases of its id.
    const replicaId = randomUUID();
    const claim = { owner: replicaId, claimer: deps.replicas.claimer(), leaseSeconds: 60, kinds: ["create"] as const };
    const operation = await claimOperation(deps.db, claim);
    if (!operation) throw new Error("Nothing was claimed.");
    const run = new OperationRun({ ...deps, replicaId } as LifecycleDeps, operation, new AbortController().signal);
    const taken: string[] = [];
    await run.step("first", async () => void taken.push("first"));
    await harness.sql("update operations set lease_until = now() - interval '1 second'");
    // The same replica claims it again, as after a restart, so only the attempt differs.
    await claimOperation(deps.db, claim);
    await expect(run.step("second", async () => void taken.push("second"))).rejects.toThrow(Superseded);
    expect(taken).toEqual(["first"]);
  });

  test("a worker that lost its lease cannot finish its operation, and the instance it still creates is destroyed", async () => {
    await using harness = await openHarness({ started: false });
    const stuck = Promise.withResolvers<void>();
    const atGateway = Promise.withResolvers<void>();
    let first = true;
    // A stalled process that continues after its lease has expired creates its instance too late.
    const slow = await harness.startReplica({
      reconciler: { leaseSeconds: 3600 },
      changeGateway: (gateway) => ({
        ...gateway,
        async provision(kind, spec, options) {
          if (first) {
            first = false;
            atGateway.resolve();
            await stuck.promise;
          }
          await gateway.provision(kind, spec, { ...options, signal: new AbortController().signal });
        },
      }),
    });
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    await atGateway.promise;
    const quick = await harness.startReplica();
    await harness.sql("update operations set lease_until = now() where lease_until is not null");
    await harness.succeeded(operation);
    await harness.deleted(workspace);
    expect(await harness.machinesOf(workspace)).toEqual([]);
    const events = await listEvents(harness.deps, harness.actor, { limit: 500 });
    stuck.resolve();
    // It still creates its instance, which is stale and is destroyed by its incarnation.
    await expect
      .poll(() => harness.logged.some(({ msg }) => msg === "destroying a stale instance"), { timeout: 10_000 })
      .toBe(true);
    await expect.poll(() => harness.machinesOf(workspace)).toEqual([]);
    expect(await harness.current(workspace)).toMatchObject({ status: "deleted" });
    expect((await harness.ended(operation)).status).toBe("succeeded");
    const later = await listEvents(harness.deps, harness.actor, { limit: 500, after: events.last });
    expect(later.items).toEqual([]);
    await Promise.all([slow.stop(), quick.stop()]);
  });
});

test("a late observation of an older generation does not change the newer one", async () => {
  await using harness = await openHarness({ started: false });
  const worker = await harness.startReplica({ reconciler: { observe: { periodSeconds: 600 } } });
  const workspace = await harness.online();
  await harness.sql("update incarnations set tunnel_replica_id = null");
  const observing = Promise.withResolvers<void>();
  const response = Promise.withResolvers<never>();
  const emptyTunnel = new TunnelHub({ authenticate: async () => null });
  // This replica has read the rows and waits for the engine, whose response will be an error.
  let observations = 0;
  const late = await harness.startReplica({
    tunnel: emptyTunnel,
    reconciler: { startsMax: 0, othersMax: 0 },
    changeGateway: (gateway) => ({
      ...gateway,
      list() {
        observations += 1;
        observing.resolve();
        return observations === 1 ? response.promise : Promise.reject(new Error("no response"));
      },
    }),
  });
  await observing.promise;
  await harness.after("restart", workspace);
  const before = await harness.current(workspace);
  response.reject(new Error("no response"));
  await expect.poll(() => observations, { timeout: 10_000 }).toBeGreaterThan(1);
  await late.stop();
  expect(await harness.current(workspace)).toMatchObject({ status: "online", generation: before.generation });
  const { items } = await listEvents(harness.deps, harness.actor, { limit: 500 });
  const statuses = items.flatMap(({ type, data }) => (type === "workspace.status_changed" ? [data.status] : []));
  expect(statuses).toContain("online");
  expect(statuses).not.toContain("offline");
  await worker.stop();
  await emptyTunnel.close();
});

describe("stale instances", () => {
  test("an instance of an older incarnation is destroyed, and the current one keeps running", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const { startedAt } = await (await harness.filesOf(workspace)).status();
    const spec = newSpec({ workspaceId: workspace.id, volumeId: workspace.volume?.id ?? null });
    await insertIncarnation(harness.deps.db, {
      id: spec.incarnationId,
      workspaceId: workspace.id,
      generation: 0,
      backend: "memory",
    });
    await harness.backend.instances.provision(spec, provisionOptions());
    await expect
      .poll(async () => (await harness.backend.instances.observe(spec)).state, { timeout: 10_000 })
      .toBe("absent");
    expect((await (await harness.filesOf(workspace)).status()).startedAt).toBe(startedAt);
    expect(await harness.current(workspace)).toMatchObject({ status: "online", generation: workspace.generation });
  });

  test("a young stale instance is kept until the minimum age and counted as a duplicate", async () => {
    await using harness = await openHarness({ settings: { sweepMinAgeSeconds: 3600 }, started: false });
    const replica = await harness.startReplica();
    const workspace = await harness.online();
    const young = newSpec({ workspaceId: workspace.id });
    const ended = newSpec({ workspaceId: workspace.id });
    for (const { incarnationId: id } of [young, ended]) {
      await insertIncarnation(harness.deps.db, { id, workspaceId: workspace.id, generation: 0, backend: "memory" });
    }
    await harness.sql("update incarnations set ended_at = now() where id = $1", [ended.incarnationId]);
    await harness.backend.instances.provision(young, provisionOptions());
    await harness.backend.instances.provision(ended, provisionOptions());
    // An incarnation whose end is recorded is destroyed immediately.
    await expect
      .poll(async () => (await harness.backend.instances.observe(ended)).state, { timeout: 10_000 })
      .toBe("absent");
    expect((await harness.backend.instances.observe(young)).state).toBe("running");
    await expect.poll(() => replica.duplicateMachines().get("memory"), { timeout: 10_000 }).toBe(1);
  });
});

describe("a daemon that connects", () => {
  test("is admitted for the current incarnation and refused for any other", async () => {
    await using harness = await openHarness();
    const { deps } = harness;
    const workspace = await harness.online();
    const knock = (incarnationId: string, token = initialTunnelToken(deps.installation, incarnationId)) =>
      authenticateDaemon(deps, { incarnationId, token });
    const first = await harness.incarnationOf(workspace);
    expect(await knock(first)).toEqual({ workspaceId: workspace.id, purpose: "workspace" });
    expect(await knock(first, initialTunnelToken(deps.installation, randomUUID()))).toBeNull();
    expect(await knock(first, "")).toBeNull();
    expect(await knock("x'; drop table workspaces")).toBeNull();
    expect(await knock(randomUUID())).toBeNull();

    await harness.after("restart", workspace);
    expect(await knock(first)).toBeNull();
    const second = await harness.incarnationOf(workspace);
    await harness.after("hibernate", workspace);
    expect(await knock(second)).toBeNull();
    await harness.after("wake", workspace);
    const third = await harness.incarnationOf(workspace);
    harness.backend.faults.setReachable(false);
    await harness.requestDelete(workspace);
    // The delete cannot destroy the instance yet, but its daemon is already refused.
    expect(await knock(third)).toBeNull();
    harness.backend.faults.setReachable(true);
    await harness.isStatus(workspace, "deleted");
  });

  test("from a replaced instance changes neither status nor heartbeat", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const old = await harness.incarnationOf(workspace);
    await harness.after("restart", workspace);
    await harness.after("hibernate", workspace);
    const spec = newSpec({ workspaceId: workspace.id, incarnationId: old });
    await harness.backend.instances.provision(
      { ...spec, boot: { ...spec.boot, tunnelToken: initialTunnelToken(harness.deps.installation, old) } },
      provisionOptions(),
    );
    await expect.poll(() => harness.machinesOf(workspace), { timeout: 10_000 }).toEqual([]);
    expect(harness.deps.tunnel.session(old)).toBeUndefined();
    expect(await harness.current(workspace)).toMatchObject({ status: "hibernated" });
  });
});

test("a replica that stops releases its operations, and the next start continues them", async () => {
  await using harness = await openHarness({ started: false });
  const first = await harness.startReplica();
  harness.backend.faults.hangProvision();
  const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
  await until(async () => harness.backend.faults.hangsAhead === 0, "the machine is being made");
  await first.stop();
  const [row] = await harness.sql("select status, lease_until from operations where id = $1", [operation.id]);
  expect(row).toEqual({ status: "queued", lease_until: null });
  await harness.startReplica();
  await harness.succeeded(operation);
  expect(await harness.machinesOf(workspace)).toHaveLength(1);
});
