import { randomUUID } from "node:crypto";
import { DomainError } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { type MemoryHarness, newWorkspace, openHarness } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";

const reasonOf = async (harness: MemoryHarness, workspace: { id: string }) =>
  (await harness.current(workspace)).statusReason;

describe("a start", () => {
  test("that takes too long fails with the end of the boot log and keeps the stopped instance", async () => {
    await using harness = await openHarness({ settings: { provisionTimeoutSeconds: 1 }, started: false });
    const { deps, actor } = harness;
    // The instance starts, but its daemon is refused.
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        provision: (kind, spec, options) =>
          gateway.provision(kind, { ...spec, boot: { ...spec.boot, tunnelToken: "another" } }, options),
      }),
    });
    const { workspace, operation } = await createWorkspace(deps, actor, newWorkspace());
    const end = await harness.ended(operation);
    expect(end).toMatchObject({ status: "failed", error: { code: "workspace_not_running", retryable: false } });
    expect(end.error?.message).toContain("within 1 seconds");
    expect(end.error?.message).toContain("Berth daemon started");
    expect(await harness.current(workspace)).toMatchObject({ status: "failed", statusReason: { retryable: false } });
    expect(await harness.machinesOf(workspace)).toMatchObject([{ state: "stopped" }]);
  });

  test("that hangs in the backend fails at the time limit", async () => {
    await using harness = await openHarness({ settings: { provisionTimeoutSeconds: 1 } });
    harness.backend.faults.hangProvision();
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    const end = await harness.ended(operation);
    expect(end).toMatchObject({ status: "failed", error: { code: "workspace_not_running", retryable: false } });
    expect(await harness.machinesOf(workspace)).toEqual([]);
    expect(await harness.after("restart", workspace)).toMatchObject({ status: "online" });
  });

  test("with an error that no retry can fix fails at once with a remedy", async () => {
    await using harness = await openHarness();
    harness.backend.faults.failProvision(new DomainError("invalid_input", "There is no such image. Name another."));
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    const end = await harness.ended(operation);
    expect(end).toMatchObject({ status: "failed", error: { code: "invalid_input", retryable: false } });
    expect(await reasonOf(harness, workspace)).toMatchObject({ message: "There is no such image. Name another." });
    expect(end.steps.at(-1)).toMatchObject({ name: "Start the machine", status: "failed" });
  });

  test("with a retryable error shows the next attempt and then succeeds", async () => {
    await using harness = await openHarness();
    const busy = new DomainError("backend_unavailable", "The engine is busy.");
    harness.backend.faults.failProvision(busy, new Error("an unexpected failure"));
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    await expect
      .poll(async () => reasonOf(harness, workspace))
      .toMatchObject({ code: "backend_unavailable", retryable: true, nextAttemptAt: expect.any(String) });
    await harness.succeeded(operation);
    expect(await harness.current(workspace)).toMatchObject({ status: "online", statusReason: null });
    const [row] = await harness.sql<{ attempt: number }>("select attempt from operations where id = $1", [
      operation.id,
    ]);
    expect(row?.attempt).toBe(3);
    expect(harness.logged.map((each) => String(each.error)).join()).toContain("an unexpected failure");
    // An unexpected error appears only in the log.
    const responses = await harness.sql("select steps, error from operations");
    expect(JSON.stringify(responses)).not.toContain("an unexpected failure");
  });

  test("does not time out because the clock was set ahead", async () => {
    await using harness = await openHarness({ settings: { provisionTimeoutSeconds: 600 }, started: false });
    let failures = 0;
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async provision(kind, spec, options) {
          await harness.sql("update operations set started_at = started_at - interval '4 days'");
          failures += 1;
          if (failures < 3) throw new DomainError("backend_unavailable", "The engine is busy.");
          return gateway.provision(kind, spec, options);
        },
      }),
    });
    expect(await harness.online()).toMatchObject({ status: "online" });
    expect(failures).toBe(3);
  });

  test.each([
    ["not mounted", null, "has no marker"],
    ["replaced", randomUUID(), "is not the one used before"],
  ])("that fails while the store is %s waits for the store and reports it", async (_, storeId, expected) => {
    await using harness = await openHarness({ started: false });
    let isUnavailable = true;
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async provision(kind, spec, options) {
          if (!isUnavailable) return gateway.provision(kind, spec, options);
          harness.backend.faults.setStoreId(storeId);
          throw new DomainError("workspace_not_running", "The machine ended before its daemon connected.");
        },
      }),
    });
    const { workspace, operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    await expect
      .poll(async () => (await reasonOf(harness, workspace))?.message, { timeout: 10_000 })
      .toContain(expected);
    expect(await harness.current(workspace)).toMatchObject({
      status: "provisioning",
      statusReason: { code: "backend_unavailable", retryable: true, nextAttemptAt: expect.any(String) },
    });
    isUnavailable = false;
    const [known] = await harness.sql<{ id: string }>("select store_id as id from stores");
    harness.backend.faults.setStoreId(known?.id ?? null);
    await harness.succeeded(operation);
    expect(await harness.current(workspace)).toMatchObject({ status: "online", statusReason: null });
  });

  test("runs once although its lease looks expired after the clock was set ahead", async () => {
    await using harness = await openHarness({ started: false });
    let [atOnce, most] = [0, 0];
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async provision(kind, spec, options) {
          atOnce += 1;
          most = Math.max(most, atOnce);
          await harness.sql("update operations set lease_until = now() where lease_until is not null");
          await gateway.provision(kind, spec, options);
          atOnce -= 1;
        },
      }),
    });
    harness.backend.faults.delayProvision(1_000);
    const { operation } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    await harness.succeeded(operation);
    expect(most).toBe(1);
    expect(await harness.sql("select attempt from operations")).toEqual([{ attempt: 1 }]);
  });

  test("whose response was lost does not create a second instance", async () => {
    await using harness = await openHarness();
    harness.backend.faults.loseProvisionResponse(2);
    const workspace = await harness.online();
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
    expect(await harness.current(workspace)).toMatchObject({ status: "online", generation: 1 });
  });

  test("respects the limit of concurrent starts, and all of them succeed", async () => {
    await using harness = await openHarness({ reconciler: { startsMax: 2 } });
    const { deps, actor } = harness;
    let [now, most] = [0, 0];
    const provision = harness.backend.instances.provision.bind(harness.backend.instances);
    harness.backend.instances.provision = async (...input) => {
      now += 1;
      most = Math.max(most, now);
      await provision(...input).finally(() => {
        now -= 1;
      });
    };
    harness.backend.faults.delayProvision(20);
    const created = await Promise.all(Array.from({ length: 12 }, () => createWorkspace(deps, actor, newWorkspace())));
    for (const { operation } of created) await harness.succeeded(operation);
    expect(most).toBe(2);
  });
});
