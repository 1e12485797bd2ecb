import { describe, expect, test } from "vitest";
import { type MemoryHarness, openHarness, problem, still } from "../testing/index.ts";
import { getReceipt } from "../volumes/volumes.ts";
import { previewDelete } from "../workspaces/delete.ts";

describe("a delete of a team", () => {
  const team = async (harness: MemoryHarness) => {
    const parent = await harness.online({ name: "parent", compute: { dataPersistence: "persist" } });
    const child = await harness.online({ name: "child", parentId: parent.id });
    const grandchild = await harness.online({ parentId: child.id, compute: { dataPersistence: "ephemeral" } });
    return { parent, child, grandchild };
  };

  test("is rejected without cascade, names the children, and changes nothing", async () => {
    await using harness = await openHarness();
    const { parent, child, grandchild } = await team(harness);
    const children = [child, grandchild].map(({ id, name }) => ({ id, name }));
    await expect(harness.requestDelete(parent)).rejects.toEqual(
      problem({ code: "has_children", details: { children } }),
    );
    for (const each of [parent, child, grandchild]) expect(still(await harness.current(each))).toEqual(still(each));
  });

  test("with cascade destroys every instance and treats each volume by its setting", async () => {
    await using harness = await openHarness();
    const { parent, child, grandchild } = await team(harness);
    await harness.deleted(parent, { cascade: true });
    for (const each of [parent, child, grandchild]) await harness.isStatus(each, "deleted");
    expect(await harness.backend.instances.list()).toEqual([]);
    expect(await harness.volumeOf(parent)).toMatchObject({ state: "retained", retainedUntil: null });
    expect(await harness.volumeOf(child)).toMatchObject({ state: "retained", retainedUntil: expect.any(String) });
    expect((await harness.current(grandchild)).volume).toBeNull();
  });

  test("with cascade and erase produces one receipt per workspace", async () => {
    await using harness = await openHarness();
    const { parent, child, grandchild } = await team(harness);
    await harness.requestDelete(parent, { eraseData: true, cascade: true });
    for (const each of [parent, child, grandchild]) {
      await harness.isStatus(each, "deleted");
      const { volume } = await harness.current(each);
      expect(await getReceipt(harness.deps, harness.actor, { id: volume?.id ?? "" })).toMatchObject({
        workspaceName: each.name,
      });
    }
    expect(await harness.backend.volumes.list()).toEqual([]);
  });

  test("repeated with cascade and erase also erases the retained data of the children", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const { parent, child, grandchild } = await team(harness);
    const before = await harness.online({ name: "deleted before", parentId: child.id });
    await harness.deleted(before);
    await harness.deleted(parent, { cascade: true });
    for (const each of [child, grandchild]) await harness.isStatus(each, "deleted");
    const preview = await previewDelete(deps, actor, { id: parent.id, eraseData: true });
    expect(preview.workspaces.map(({ name, fate }) => [name, fate])).toEqual([
      ["parent", "erased"],
      ["child", "erased"],
    ]);
    const erase = await harness.requestDelete(parent, { eraseData: true, cascade: true });
    expect(erase).toMatchObject({ kind: "erase", volumeId: parent.volume?.id });
    for (const each of [parent, child]) {
      await expect.poll(async () => (await harness.volumeOf(each)).state).toBe("erased");
      const receipt = await getReceipt(deps, actor, { id: each.volume?.id ?? "" });
      expect(receipt).toMatchObject({ workspaceName: each.name, reason: "delete_with_erase" });
    }
    // The first delete did not include this workspace.
    expect(await harness.volumeOf(before)).toMatchObject({ state: "retained" });
  });

  test("repeated with erase but without cascade erases only the named workspace's data", async () => {
    await using harness = await openHarness();
    const { parent, child } = await team(harness);
    await harness.deleted(parent, { cascade: true });
    await harness.isStatus(child, "deleted");
    await harness.succeeded(await harness.requestDelete(parent, { eraseData: true }));
    expect(await harness.volumeOf(child)).toMatchObject({ state: "retained" });
    const erase = await harness.requestDelete(parent, { eraseData: true, cascade: true });
    expect(erase).toMatchObject({ kind: "erase", volumeId: child.volume?.id });
    await harness.succeeded(erase);
  });

  test("in progress is superseded by one with erase, also for the children", async () => {
    await using harness = await openHarness();
    const { parent, child } = await team(harness);
    harness.backend.faults.setReachable(false);
    await harness.requestDelete(parent, { cascade: true });
    await harness.requestDelete(parent, { cascade: true, eraseData: true });
    harness.backend.faults.setReachable(true);
    for (const each of [parent, child]) {
      await harness.isStatus(each, "deleted");
      expect(await harness.volumeOf(each)).toMatchObject({ state: "erased" });
    }
  });

  test("does not erase the data of a child that was restored in the meantime", async () => {
    await using harness = await openHarness();
    const { parent, child } = await team(harness);
    await harness.deleted(parent, { cascade: true });
    await harness.isStatus(child, "deleted");
    await harness.restored(child);
    await harness.succeeded(await harness.requestDelete(parent, { eraseData: true, cascade: true }));
    expect(await harness.current(child)).toMatchObject({ status: "online" });
    expect(await harness.volumeOf(child)).toMatchObject({ state: "attached" });
  });

  test("has a preview that matches its result and changes nothing", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const { parent, child, grandchild } = await team(harness);
    const preview = await previewDelete(deps, actor, { id: parent.id, eraseData: false });
    expect(preview.confirmName).toBe("parent");
    expect(preview.workspaces.map(({ name, fate, volume }) => [name, fate, volume?.id ?? null])).toEqual([
      ["parent", "retained", parent.volume?.id],
      ["child", "grace", child.volume?.id],
      [grandchild.name, "gone", null],
    ]);
    const erasing = await previewDelete(deps, actor, { id: parent.id, eraseData: true });
    expect(erasing.workspaces.map(({ fate }) => fate)).toEqual(["erased", "erased", "gone"]);
    for (const each of [parent, child, grandchild]) expect(still(await harness.current(each))).toEqual(still(each));
  });
});
