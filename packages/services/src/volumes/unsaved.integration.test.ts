import { Sentinels } from "@berth/backends/testing";
import { describe, expect, test } from "vitest";
import { answerManifests, breakCalls, type MemoryBench, openBench, until } from "../testing/index.ts";
import { previewDelete } from "../workspaces/delete.ts";
import { getReceipt, getVolume } from "./volumes.ts";

type Setting = "persist" | "ephemeral" | "auto";

/** A workspace that was ephemeral when its files were written, and whose new setting keeps them. */
async function kept(bench: MemoryBench, dataPersistence: Setting = "persist") {
  const workspace = await bench.online({ compute: { dataPersistence: "ephemeral" } });
  const sentinels = await Sentinels.plant(await bench.filesOf(workspace), "/workspace");
  await bench.configure(workspace, dataPersistence);
  const isThere = async () => expect(await sentinels.found(await bench.filesOf(workspace))).toEqual(sentinels.planted);
  return { workspace, isThere };
}

describe("data that should be kept but exists only on an instance", () => {
  test.each([
    ["persist", "running", "retained"],
    ["auto", "running", "grace"],
    ["persist", "paused", "retained"],
  ] as const)("survives a delete before any restart: %s, %s", async (setting, state, fate) => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench, setting);
    if (state === "paused") await bench.after("pause", workspace);
    const preview = await previewDelete(bench.deps, bench.actor, { id: workspace.id, eraseData: false });
    expect(preview.workspaces).toMatchObject([{ fate }]);
    await bench.deleted(workspace);
    const deleted = await bench.current(workspace);
    expect(deleted).toMatchObject({ status: "deleted", volume: { state: "retained" } });
    expect(deleted.retainedUntil === null).toBe(fate === "retained");
    expect(await bench.backend.instances.list()).toEqual([]);
    await bench.restored(workspace);
    await isThere();
  });

  test("survives a delete when all earlier copies have failed", async () => {
    await using bench = await openBench({ settings: { provisionTimeoutSeconds: 1 } });
    const { workspace, isThere } = await kept(bench);
    const old = await bench.incarnationOf(workspace);
    const breaks = breakCalls(bench, "write the new files", Number.POSITIVE_INFINITY);
    expect((await bench.ended(await bench.ask("restart", workspace))).status).toBe("failed");
    const operation = await bench.askDelete(workspace);
    const [seen] = [breaks.count];
    await until(async () => breaks.count > seen + 1, "the delete tries to copy, twice");
    expect(await bench.current(workspace)).toMatchObject({ status: "deleting" });
    expect(await bench.machinesOf(workspace)).toMatchObject([{ incarnationId: old }]);
    breaks.stop();
    await bench.succeeded(operation);
    await bench.restored(workspace);
    await isThere();
  });

  test("survives a hibernate that cancels a restart during the copy", async () => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench);
    const breaks = breakCalls(bench, "write the new files", Number.POSITIVE_INFINITY);
    await bench.ask("restart", workspace);
    await until(async () => breaks.count > 0, "the copy breaks");
    const operation = await bench.ask("hibernate", workspace, true);
    breaks.stop();
    await bench.succeeded(operation);
    expect(await bench.machinesOf(workspace)).toEqual([]);
    await bench.after("wake", workspace);
    await isThere();
  });

  test("survives a hibernate without force before any restart", async () => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench);
    expect(await bench.after("hibernate", workspace)).toMatchObject({ dataState: "intact" });
    await bench.after("wake", workspace);
    await isThere();
  });

  test("is copied from the instance that was online, not from one that never came up", async () => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench);
    // A restart that ended before it destroyed the old instance leaves such a row.
    await bench.sql(
      "insert into incarnations (id, workspace_id, generation, backend) values (gen_random_uuid(), $1, 99, 'memory')",
      [workspace.id],
    );
    await bench.after("restart", workspace);
    await isThere();
  });

  test("is erased without a copy by a delete with erase", async () => {
    await using bench = await openBench();
    const { workspace } = await kept(bench);
    const breaks = breakCalls(bench, "read the old files", Number.POSITIVE_INFINITY);
    await bench.deleted(workspace, { eraseData: true });
    expect(breaks.count).toBe(0);
    const { volume } = await bench.current(workspace);
    expect(await getReceipt(bench.deps, bench.actor, { id: volume?.id ?? "" })).toMatchObject({
      reason: "delete_with_erase",
    });
    expect(await bench.backend.volumes.list()).toEqual([]);
  });
});

describe("files that cannot be copied to the data volume", () => {
  const obstacles = [{ reason: "It may not be read.", count: 1, examples: ["/secret/key"] }];

  test.each(["restart", "hibernate"] as const)(
    "make a %s fail with an error that names them, and the instance keeps running",
    async (verb) => {
      await using bench = await openBench();
      const { workspace, isThere } = await kept(bench);
      const old = await bench.incarnationOf(workspace);
      const answers = answerManifests(bench, { entries: 1, bytes: 1, sha256: null, obstacles });
      const failed = await bench.ended(await bench.ask(verb, workspace));
      expect(failed).toMatchObject({ status: "failed", error: { code: "unsupported_by_backend", retryable: false } });
      expect(failed.error?.message).toContain('"/secret/key": "It may not be read."');
      expect(await bench.machinesOf(workspace)).toMatchObject([{ incarnationId: old, state: "running" }]);
      // The workspace is online, so that the user can fix the files as the message asks.
      expect(await bench.current(workspace)).toMatchObject({
        status: "online",
        statusReason: { code: failed.error?.code },
      });
      expect(await bench.incarnationOf(workspace)).toBe(old);
      await isThere();
      answers.stop();
      await bench.after(verb, workspace);
      if (verb === "hibernate") await bench.after("wake", workspace);
      await isThere();
    },
  );

  test("block a delete and are shown as its reason until they are removed", async () => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench);
    const old = await bench.incarnationOf(workspace);
    const answers = answerManifests(bench, { entries: 1, bytes: 1, sha256: null, obstacles });
    const operation = await bench.askDelete(workspace);
    const reason = async () => (await bench.current(workspace)).statusReason?.message ?? "";
    await until(async () => (await reason()).includes('"/secret/key": "It may not be read."'), "the reason is shown");
    expect(await bench.current(workspace)).toMatchObject({ status: "deleting" });
    expect(await bench.machinesOf(workspace)).toMatchObject([{ incarnationId: old, state: "running" }]);
    answers.stop();
    await bench.succeeded(operation);
    await bench.restored(workspace);
    await isThere();
  });
});

/** A harness whose reconciler pauses once, right after it has destroyed an instance. */
async function holdingAtDestroy() {
  const bench = await openBench({ started: false });
  const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let armed = false;
  await bench.startReplica({
    changeGateway: (gateway) => ({
      ...gateway,
      async destroy(kind, ref) {
        await gateway.destroy(kind, ref);
        if (!armed) return;
        armed = false;
        reached.resolve();
        await goOn.promise;
      },
    }),
  });
  const arm = () => {
    armed = true;
  };
  return { bench, arm, reached: reached.promise, goOn: goOn.resolve };
}

describe("a restart that releases its volume", () => {
  test("does not prevent the erase by a delete that arrives while the old instance is destroyed", async () => {
    const { arm, reached, goOn, bench: opened } = await holdingAtDestroy();
    await using bench = opened;
    const workspace = await bench.online();
    await bench.configure(workspace, "ephemeral");
    arm();
    await bench.ask("restart", workspace);
    await reached;
    const operation = await bench.askDelete(workspace, { eraseData: true });
    goOn();
    await bench.succeeded(operation);
    const id = workspace.volume?.id ?? "";
    expect(await getVolume(bench.deps, bench.actor, { id })).toMatchObject({ state: "erased" });
    expect(await bench.backend.volumes.list()).toEqual([]);
  });

  test("still requires a restart when the setting was changed back in the meantime", async () => {
    const { arm, reached, goOn, bench: opened } = await holdingAtDestroy();
    await using bench = opened;
    const workspace = await bench.online();
    await bench.configure(workspace, "ephemeral");
    arm();
    const operation = await bench.ask("restart", workspace);
    await reached;
    await bench.configure(workspace, "auto");
    goOn();
    await bench.succeeded(operation);
    await bench.isStatus(workspace, "online");
    expect(await bench.current(workspace)).toMatchObject({ volume: null, restartRequired: true });
    const sentinels = await Sentinels.plant(await bench.filesOf(workspace), "/workspace");
    await bench.after("restart", workspace);
    expect(await sentinels.found(await bench.filesOf(workspace))).toEqual(sentinels.planted);
  });
});
