import { describe, expect, test } from "vitest";
import { type MemoryBench, openBench, problem, still } from "../testing/index.ts";
import { getReceipt } from "../volumes/volumes.ts";
import { previewDelete } from "../workspaces/delete.ts";

describe("a delete of a team", () => {
  const team = async (bench: MemoryBench) => {
    const parent = await bench.online({ name: "parent", compute: { dataPersistence: "persist" } });
    const child = await bench.online({ name: "child", parentId: parent.id });
    const grandchild = await bench.online({ parentId: child.id, compute: { dataPersistence: "ephemeral" } });
    return { parent, child, grandchild };
  };

  test("is rejected without cascade, names the children, and changes nothing", async () => {
    await using bench = await openBench();
    const { parent, child, grandchild } = await team(bench);
    const children = [child, grandchild].map(({ id, name }) => ({ id, name }));
    await expect(bench.askDelete(parent)).rejects.toEqual(problem({ code: "has_children", details: { children } }));
    for (const each of [parent, child, grandchild]) expect(still(await bench.current(each))).toEqual(still(each));
  });

  test("with cascade destroys every instance and treats each volume by its setting", async () => {
    await using bench = await openBench();
    const { parent, child, grandchild } = await team(bench);
    await bench.deleted(parent, { cascade: true });
    for (const each of [parent, child, grandchild]) await bench.isStatus(each, "deleted");
    expect(await bench.backend.instances.list()).toEqual([]);
    expect(await bench.volumeOf(parent)).toMatchObject({ state: "retained", retainedUntil: null });
    expect(await bench.volumeOf(child)).toMatchObject({ state: "retained", retainedUntil: expect.any(String) });
    expect((await bench.current(grandchild)).volume).toBeNull();
  });

  test("with cascade and erase produces one receipt per workspace", async () => {
    await using bench = await openBench();
    const { parent, child, grandchild } = await team(bench);
    await bench.askDelete(parent, { eraseData: true, cascade: true });
    for (const each of [parent, child, grandchild]) {
      await bench.isStatus(each, "deleted");
      const { volume } = await bench.current(each);
      expect(await getReceipt(bench.deps, bench.actor, { id: volume?.id ?? "" })).toMatchObject({
        workspaceName: each.name,
      });
    }
    expect(await bench.backend.volumes.list()).toEqual([]);
  });

  test("repeated with cascade and erase also erases the retained data of the children", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const { parent, child, grandchild } = await team(bench);
    const before = await bench.online({ name: "deleted before", parentId: child.id });
    await bench.deleted(before);
    await bench.deleted(parent, { cascade: true });
    for (const each of [child, grandchild]) await bench.isStatus(each, "deleted");
    const preview = await previewDelete(deps, actor, { id: parent.id, eraseData: true });
    expect(preview.workspaces.map(({ name, fate }) => [name, fate])).toEqual([
      ["parent", "erased"],
      ["child", "erased"],
    ]);
    const erase = await bench.askDelete(parent, { eraseData: true, cascade: true });
    expect(erase).toMatchObject({ kind: "erase", volumeId: parent.volume?.id });
    for (const each of [parent, child]) {
      await expect.poll(async () => (await bench.volumeOf(each)).state).toBe("erased");
      const receipt = await getReceipt(deps, actor, { id: each.volume?.id ?? "" });
      expect(receipt).toMatchObject({ workspaceName: each.name, reason: "delete_with_erase" });
    }
    // The first delete did not include this workspace.
    expect(await bench.volumeOf(before)).toMatchObject({ state: "retained" });
  });

  test("repeated with erase but without cascade erases only the named workspace's data", async () => {
    await using bench = await openBench();
    const { parent, child } = await team(bench);
    await bench.deleted(parent, { cascade: true });
    await bench.isStatus(child, "deleted");
    await bench.succeeded(await bench.askDelete(parent, { eraseData: true }));
    expect(await bench.volumeOf(child)).toMatchObject({ state: "retained" });
    const erase = await bench.askDelete(parent, { eraseData: true, cascade: true });
    expect(erase).toMatchObject({ kind: "erase", volumeId: child.volume?.id });
    await bench.succeeded(erase);
  });

  test("in progress is superseded by one with erase, also for the children", async () => {
    await using bench = await openBench();
    const { parent, child } = await team(bench);
    bench.backend.faults.setReachable(false);
    await bench.askDelete(parent, { cascade: true });
    await bench.askDelete(parent, { cascade: true, eraseData: true });
    bench.backend.faults.setReachable(true);
    for (const each of [parent, child]) {
      await bench.isStatus(each, "deleted");
      expect(await bench.volumeOf(each)).toMatchObject({ state: "erased" });
    }
  });

  test("does not erase the data of a child that was restored in the meantime", async () => {
    await using bench = await openBench();
    const { parent, child } = await team(bench);
    await bench.deleted(parent, { cascade: true });
    await bench.isStatus(child, "deleted");
    await bench.restored(child);
    await bench.succeeded(await bench.askDelete(parent, { eraseData: true, cascade: true }));
    expect(await bench.current(child)).toMatchObject({ status: "online" });
    expect(await bench.volumeOf(child)).toMatchObject({ state: "attached" });
  });

  test("has a preview that matches its result and changes nothing", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const { parent, child, grandchild } = await team(bench);
    const preview = await previewDelete(deps, actor, { id: parent.id, eraseData: false });
    expect(preview.confirmName).toBe("parent");
    expect(preview.workspaces.map(({ name, fate, volume }) => [name, fate, volume?.id ?? null])).toEqual([
      ["parent", "retained", parent.volume?.id],
      ["child", "grace", child.volume?.id],
      [grandchild.name, "gone", null],
    ]);
    const erasing = await previewDelete(deps, actor, { id: parent.id, eraseData: true });
    expect(erasing.workspaces.map(({ fate }) => fate)).toEqual(["erased", "erased", "gone"]);
    for (const each of [parent, child, grandchild]) expect(still(await bench.current(each))).toEqual(still(each));
  });
});
