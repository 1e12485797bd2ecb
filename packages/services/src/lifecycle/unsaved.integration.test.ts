import { Sentinels } from "@berth/backends/testing";
import type { Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import {
  after,
  ask,
  breakCalls,
  current,
  ended,
  filesOf,
  incarnationOf,
  isStatus,
  type MemoryBench,
  machinesOf,
  online,
  openBench,
  succeeded,
  until,
} from "../testing/index.ts";
import { getReceipt, getVolume } from "../volumes/volumes.ts";
import { previewDelete, requestDelete } from "../workspaces/delete.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { configureWorkspace } from "../workspaces/update.ts";

type Setting = "persist" | "ephemeral" | "auto";

const remove = (bench: MemoryBench, { id, name }: Workspace, eraseData = false) =>
  requestDelete(bench.deps, bench.actor, { id, confirmName: name, eraseData, cascade: false });

const configure = (bench: MemoryBench, { id }: { id: string }, dataPersistence: Setting) =>
  configureWorkspace(bench.deps, bench.actor, { id, compute: { dataPersistence } });

/** A workspace that kept nothing when its files were written, and since then is to keep them. */
async function kept(bench: MemoryBench, dataPersistence: Setting = "persist") {
  const workspace = await online(bench, { compute: { dataPersistence: "ephemeral" } });
  const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
  await configure(bench, workspace, dataPersistence);
  const isThere = async () => expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
  return { workspace, isThere };
}

const comesBack = async (bench: MemoryBench, workspace: Workspace) => {
  const { operation } = await restoreWorkspace(bench.deps, bench.actor, workspace);
  await succeeded(bench, operation);
};

describe("what is to be kept and lies on a machine alone", () => {
  test.each([
    ["persist", "running", "retained"],
    ["auto", "running", "grace"],
    ["persist", "paused", "retained"],
  ] as const)("outlives a delete before any restart: %s, %s", async (setting, state, fate) => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench, setting);
    if (state === "paused") await after(bench, "pause", workspace);
    const preview = await previewDelete(bench.deps, bench.actor, { id: workspace.id, eraseData: false });
    expect(preview.workspaces).toMatchObject([{ fate }]);
    await succeeded(bench, await remove(bench, workspace));
    const deleted = await current(bench, workspace);
    expect(deleted).toMatchObject({ status: "deleted", volume: { state: "retained" } });
    expect(deleted.retainedUntil === null).toBe(fate === "retained");
    expect(await bench.backend.instances.list()).toEqual([]);
    await comesBack(bench, workspace);
    await isThere();
  });

  test("outlives a delete although no copy has succeeded until then", async () => {
    await using bench = await openBench({ settings: { provisionTimeoutSeconds: 1 } });
    const { workspace, isThere } = await kept(bench);
    const old = await incarnationOf(bench, workspace);
    const breaks = breakCalls(bench, "write the new files", Number.POSITIVE_INFINITY);
    expect((await ended(bench, await ask(bench, "restart", workspace))).status).toBe("failed");
    const operation = await remove(bench, workspace);
    const [seen] = [breaks.count];
    await until(async () => breaks.count > seen + 1, "the delete tries to copy, twice");
    expect(await current(bench, workspace)).toMatchObject({ status: "deleting" });
    expect(await machinesOf(bench, workspace)).toMatchObject([{ incarnationId: old }]);
    breaks.stop();
    await succeeded(bench, operation);
    await comesBack(bench, workspace);
    await isThere();
  });

  test("outlives a hibernate that calls a restart off while it copies", async () => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench);
    const breaks = breakCalls(bench, "write the new files", Number.POSITIVE_INFINITY);
    await ask(bench, "restart", workspace);
    await until(async () => breaks.count > 0, "the copy breaks");
    const operation = await ask(bench, "hibernate", workspace, true);
    breaks.stop();
    await succeeded(bench, operation);
    expect(await machinesOf(bench, workspace)).toEqual([]);
    await after(bench, "wake", workspace);
    await isThere();
  });

  test("outlives a hibernate before any restart, which needs no force", async () => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench);
    expect(await after(bench, "hibernate", workspace)).toMatchObject({ dataState: "intact" });
    await after(bench, "wake", workspace);
    await isThere();
  });

  test("is taken from the machine that has worked, not from one that never came up", async () => {
    await using bench = await openBench();
    const { workspace, isThere } = await kept(bench);
    // As a restart leaves it that ended before it could remove the old machine.
    await bench.sql(
      "insert into incarnations (id, workspace_id, generation, backend) values (gen_random_uuid(), $1, 99, 'memory')",
      [workspace.id],
    );
    await after(bench, "restart", workspace);
    await isThere();
  });

  test("is erased and copied nowhere by a delete that says so", async () => {
    await using bench = await openBench();
    const { workspace } = await kept(bench);
    const breaks = breakCalls(bench, "read the old files", Number.POSITIVE_INFINITY);
    await succeeded(bench, await remove(bench, workspace, true));
    expect(breaks.count).toBe(0);
    const { volume } = await current(bench, workspace);
    expect(await getReceipt(bench.deps, bench.actor, { id: volume?.id ?? "" })).toMatchObject({
      reason: "delete_with_erase",
    });
    expect(await bench.backend.volumes.list()).toEqual([]);
  });
});

/** A bench whose reconciler stands still in the middle of removing a machine, once. */
async function holdingAtDestroy() {
  const bench = await openBench({ started: false });
  const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let armed = false;
  await bench.startReplica({
    changeDoor: (door) => ({
      ...door,
      async destroy(kind, ref) {
        await door.destroy(kind, ref);
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

describe("a restart that lets go of its volume", () => {
  test("does not take it from a delete that erases and comes while the old machine goes", async () => {
    const { arm, reached, goOn, bench: opened } = await holdingAtDestroy();
    await using bench = opened;
    const workspace = await online(bench);
    await configure(bench, workspace, "ephemeral");
    arm();
    await ask(bench, "restart", workspace);
    await reached;
    const operation = await remove(bench, workspace, true);
    goOn();
    await succeeded(bench, operation);
    const id = workspace.volume?.id ?? "";
    expect(await getVolume(bench.deps, bench.actor, { id })).toMatchObject({ state: "erased" });
    expect(await bench.backend.volumes.list()).toEqual([]);
  });

  test("still asks for a restart when the setting was changed back meanwhile", async () => {
    const { arm, reached, goOn, bench: opened } = await holdingAtDestroy();
    await using bench = opened;
    const workspace = await online(bench);
    await configure(bench, workspace, "ephemeral");
    arm();
    const operation = await ask(bench, "restart", workspace);
    await reached;
    await configure(bench, workspace, "auto");
    goOn();
    await succeeded(bench, operation);
    await isStatus(bench, workspace, "online");
    expect(await current(bench, workspace)).toMatchObject({ volume: null, restartRequired: true });
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await after(bench, "restart", workspace);
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
  });
});
