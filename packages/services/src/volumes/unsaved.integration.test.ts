import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import { breakCalls, fakeManifests, type MemoryHarness, openHarness, until } from "../testing/index.ts";
import { previewDelete } from "../workspaces/delete.ts";
import { getReceipt, getVolume } from "./volumes.ts";

type Setting = "persist" | "ephemeral" | "auto";

/** A workspace that wrote its files while it was ephemeral, and whose new setting keeps them. */
async function kept(harness: MemoryHarness, dataPersistence: Setting = "persist") {
  const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
  const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
  await harness.configure(workspace, dataPersistence);
  const isThere = async () =>
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  return { workspace, isThere };
}

describe("data that should be kept but exists only on an instance", () => {
  test.each([
    ["persist", "running", "retained"],
    ["auto", "running", "grace"],
    ["persist", "paused", "retained"],
  ] as const)("survives a delete before any restart: %s, %s", async (setting, state, fate) => {
    await using harness = await openHarness();
    const { workspace, isThere } = await kept(harness, setting);
    if (state === "paused") await harness.after("pause", workspace);
    const preview = await previewDelete(harness.deps, harness.actor, { id: workspace.id, eraseData: false });
    expect(preview.workspaces).toMatchObject([{ fate }]);
    await harness.deleted(workspace);
    const deleted = await harness.current(workspace);
    expect(deleted).toMatchObject({ status: "deleted", volume: { state: "retained" } });
    expect(deleted.retainedUntil === null).toBe(fate === "retained");
    expect(await harness.backend.instances.list()).toEqual([]);
    await harness.restored(workspace);
    await isThere();
  });

  test("survives a delete when all earlier copies have failed", async () => {
    await using harness = await openHarness({ settings: { provisionTimeoutSeconds: 1 } });
    const { workspace, isThere } = await kept(harness);
    const old = await harness.incarnationOf(workspace);
    const breaks = breakCalls(harness, "write the new files", Number.POSITIVE_INFINITY);
    expect((await harness.ended(await harness.request("restart", workspace))).status).toBe("failed");
    const operation = await harness.requestDelete(workspace);
    const [seen] = [breaks.count];
    await until(async () => breaks.count > seen + 1, "the delete tries to copy, twice");
    expect(await harness.current(workspace)).toMatchObject({ status: "deleting" });
    expect(await harness.machinesOf(workspace)).toMatchObject([{ incarnationId: old }]);
    breaks.stop();
    await harness.succeeded(operation);
    await harness.restored(workspace);
    await isThere();
  });

  test("survives a hibernate that cancels a restart during the copy", async () => {
    await using harness = await openHarness();
    const { workspace, isThere } = await kept(harness);
    const breaks = breakCalls(harness, "write the new files", Number.POSITIVE_INFINITY);
    await harness.request("restart", workspace);
    await until(async () => breaks.count > 0, "the copy breaks");
    const operation = await harness.request("hibernate", workspace, true);
    breaks.stop();
    await harness.succeeded(operation);
    expect(await harness.machinesOf(workspace)).toEqual([]);
    await harness.after("wake", workspace);
    await isThere();
  });

  test("survives a hibernate without force before any restart", async () => {
    await using harness = await openHarness();
    const { workspace, isThere } = await kept(harness);
    expect(await harness.after("hibernate", workspace)).toMatchObject({ dataState: "intact" });
    await harness.after("wake", workspace);
    await isThere();
  });

  test("is copied from the instance that was online, not from one that never came up", async () => {
    await using harness = await openHarness();
    const { workspace, isThere } = await kept(harness);
    // A restart that ended before it destroyed the old instance leaves such a row.
    await harness.sql(
      "insert into incarnations (id, workspace_id, generation, backend) values (gen_random_uuid(), $1, 99, 'memory')",
      [workspace.id],
    );
    await harness.after("restart", workspace);
    await isThere();
  });

  test("is erased without a copy by a delete with erase", async () => {
    await using harness = await openHarness();
    const { workspace } = await kept(harness);
    const breaks = breakCalls(harness, "read the old files", Number.POSITIVE_INFINITY);
    await harness.deleted(workspace, { eraseData: true });
    expect(breaks.count).toBe(0);
    const { volume } = await harness.current(workspace);
    expect(await getReceipt(harness.deps, harness.actor, { id: volume?.id ?? "" })).toMatchObject({
      reason: "delete_with_erase",
    });
    expect(await harness.backend.volumes.list()).toEqual([]);
  });
});

describe("files that cannot be copied to the data volume", () => {
  const obstacles = [{ reason: "It may not be read.", count: 1, examples: ["/secret/key"] }];

  test.each(["restart", "hibernate"] as const)(
    "make a %s fail with an error that names them, and the instance keeps running",
    async (verb) => {
      await using harness = await openHarness();
      const { workspace, isThere } = await kept(harness);
      const old = await harness.incarnationOf(workspace);
      const responses = fakeManifests(harness, { entries: 1, bytes: 1, sha256: null, obstacles });
      const failed = await harness.ended(await harness.request(verb, workspace));
      expect(failed).toMatchObject({ status: "failed", error: { code: "unsupported_by_backend", retryable: false } });
      expect(failed.error?.message).toContain('"/secret/key": "It may not be read."');
      expect(await harness.machinesOf(workspace)).toMatchObject([{ incarnationId: old, state: "running" }]);
      // The workspace is online, so that the user can follow the message and fix the files.
      expect(await harness.current(workspace)).toMatchObject({
        status: "online",
        statusReason: { code: failed.error?.code },
      });
      expect(await harness.incarnationOf(workspace)).toBe(old);
      await isThere();
      responses.stop();
      await harness.after(verb, workspace);
      if (verb === "hibernate") await harness.after("wake", workspace);
      await isThere();
    },
  );

  test("block a delete and are shown as its reason until they are removed", async () => {
    await using harness = await openHarness();
    const { workspace, isThere } = await kept(harness);
    const old = await harness.incarnationOf(workspace);
    const responses = fakeManifests(harness, { entries: 1, bytes: 1, sha256: null, obstacles });
    const operation = await harness.requestDelete(workspace);
    const reason = async () => (await harness.current(workspace)).statusReason?.message ?? "";
    await until(async () => (await reason()).includes('"/secret/key": "It may not be read."'), "the reason is shown");
    expect(await harness.current(workspace)).toMatchObject({ status: "deleting" });
    expect(await harness.machinesOf(workspace)).toMatchObject([{ incarnationId: old, state: "running" }]);
    responses.stop();
    await harness.succeeded(operation);
    await harness.restored(workspace);
    await isThere();
  });
});

/** A harness whose reconciler pauses once, right after it has destroyed an instance. */
async function holdingAtDestroy() {
  const harness = await openHarness({ started: false });
  const [reached, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let armed = false;
  await harness.startReplica({
    changeGateway: (gateway) => ({
      ...gateway,
      async destroy(kind, ref) {
        await gateway.destroy(kind, ref);
        if (!armed) return;
        armed = false;
        reached.resolve();
        await resume.promise;
      },
    }),
  });
  const arm = () => {
    armed = true;
  };
  return { harness, arm, reached: reached.promise, resume: resume.resolve };
}

describe("a restart that releases its volume", () => {
  test("does not prevent the erase by a delete that arrives while the old instance is destroyed", async () => {
    const { arm, reached, resume, harness: opened } = await holdingAtDestroy();
    await using harness = opened;
    const workspace = await harness.online();
    await harness.configure(workspace, "ephemeral");
    arm();
    await harness.request("restart", workspace);
    await reached;
    const operation = await harness.requestDelete(workspace, { eraseData: true });
    resume();
    await harness.succeeded(operation);
    const id = workspace.volume?.id ?? "";
    expect(await getVolume(harness.deps, harness.actor, { id })).toMatchObject({ state: "erased" });
    expect(await harness.backend.volumes.list()).toEqual([]);
  });

  test("still requires a restart when the setting was changed back in the meantime", async () => {
    const { arm, reached, resume, harness: opened } = await holdingAtDestroy();
    await using harness = opened;
    const workspace = await harness.online();
    await harness.configure(workspace, "ephemeral");
    arm();
    const operation = await harness.request("restart", workspace);
    await reached;
    await harness.configure(workspace, "auto");
    resume();
    await harness.succeeded(operation);
    await harness.isStatus(workspace, "online");
    expect(await harness.current(workspace)).toMatchObject({ volume: null, restartRequired: true });
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await harness.after("restart", workspace);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });
});
