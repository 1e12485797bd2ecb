import { createHash, randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Sentinels } from "@berth/backends/testing";
import type { Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { statFile } from "../files/files.ts";
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
  newWorkspace,
  online,
  openBench,
  problem,
  scratchFolder,
  succeeded,
} from "../testing/index.ts";
import { getReceipt, getVolume, listVolumes } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { requestDelete } from "../workspaces/delete.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { configureWorkspace } from "../workspaces/update.ts";

const remove = async (bench: MemoryBench, { id, name }: Workspace) =>
  succeeded(
    bench,
    await requestDelete(bench.deps, bench.actor, { id, confirmName: name, eraseData: false, cascade: false }),
  );

const persist = (bench: MemoryBench, { id }: { id: string }, dataPersistence: "persist" | "ephemeral" | "auto") =>
  configureWorkspace(bench.deps, bench.actor, { id, compute: { dataPersistence } });

/** Makes time pass for what waits on the database's clock. */
const endGrace = ({ sql }: MemoryBench) =>
  sql("update volumes set retained_until = now() - interval '1 second' where retained_until is not null");

describe("what a deleted workspace leaves", () => {
  test("auto: swept after the grace time, with a receipt of its own", async () => {
    await using bench = await openBench({ settings: { graceHours: 1 } });
    const { deps, actor } = bench;
    const workspace = await online(bench, { compute: { dataPersistence: "auto" } });
    const id = workspace.volume?.id ?? "";
    await remove(bench, workspace);
    const kept = await getVolume(deps, actor, { id });
    expect(kept).toMatchObject({ state: "retained", workspaceName: workspace.name });
    const hoursKept = (Date.parse(kept.retainedUntil ?? "") - Date.now()) / 3_600_000;
    expect(hoursKept).toBeGreaterThan(0.9);
    expect(hoursKept).toBeLessThan(1.1);
    await endGrace(bench);
    await expect.poll(async () => (await getVolume(deps, actor, { id })).state, { timeout: 10_000 }).toBe("erased");
    expect(await bench.backend.volumes.list()).toEqual([]);
    expect(await getReceipt(deps, actor, { id })).toMatchObject({
      reason: "retention_expired",
      requestedBy: "berth: the grace time has ended",
    });
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "data_erased" }));
  });

  test("auto with a grace time of nothing is swept at once", async () => {
    await using bench = await openBench({ settings: { graceHours: 0 } });
    const workspace = await online(bench);
    await remove(bench, workspace);
    const id = workspace.volume?.id ?? "";
    await expect
      .poll(async () => (await getVolume(bench.deps, bench.actor, { id })).state, { timeout: 10_000 })
      .toBe("erased");
  });

  test("persist: never swept, however long it lies", async () => {
    await using bench = await openBench({ settings: { graceHours: 0 } });
    const { deps, actor } = bench;
    const kept = await online(bench, { compute: { dataPersistence: "persist" } });
    const swept = await online(bench, { compute: { dataPersistence: "auto" } });
    await remove(bench, kept);
    await remove(bench, swept);
    await bench.sql("update volumes set created_at = now() - interval '10 years'");
    // The sweep has come round when the other one is gone.
    await expect
      .poll(async () => (await getVolume(deps, actor, { id: swept.volume?.id ?? "" })).state, { timeout: 10_000 })
      .toBe("erased");
    expect(await getVolume(deps, actor, { id: kept.volume?.id ?? "" })).toMatchObject({
      state: "retained",
      retainedUntil: null,
    });
    expect(await bench.backend.volumes.list()).toEqual([kept.volume?.id]);
  });

  test("comes back with a restore while it is there, byte for byte, and its clock stops", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const workspace = await online(bench);
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await remove(bench, workspace);
    expect((await current(bench, workspace)).retainedUntil).not.toBeNull();
    bench.backend.faults.delayProvision(500);
    const restored = await restoreWorkspace(deps, actor, workspace);
    expect((await restoreWorkspace(deps, actor, workspace)).operation.id).toBe(restored.operation.id);
    await succeeded(bench, restored.operation);
    expect(await current(bench, workspace)).toMatchObject({
      status: "online",
      deletedAt: null,
      retainedUntil: null,
      volume: { id: workspace.volume?.id, state: "attached" },
    });
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "illegal_transition" }));
  });

  test("can be looked at, and keeps a name that was given to another", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const workspace = await online(bench, { name: "same" });
    await (await filesOf(bench, workspace)).write("/workspace", "/a.txt", Buffer.from("abc"));
    await remove(bench, workspace);
    await online(bench, { name: "same" });
    const place = { workspaceId: workspace.id, root: "/workspace", path: "/a.txt" };
    expect(await statFile(deps, actor, place, AbortSignal.timeout(9000))).toMatchObject({ size: 3 });
    await expect(restoreWorkspace(deps, actor, workspace)).rejects.toEqual(problem({ code: "name_taken" }));
    expect(await current(bench, workspace)).toMatchObject({ status: "deleted", volume: { state: "retained" } });
  });
});

describe("a volume that is not there any more", () => {
  const vanish = ({ backend }: MemoryBench, { volume }: Workspace) =>
    (backend.volumes as unknown as { remove(id: string): Promise<void> }).remove(volume?.id ?? "");

  test("is missing data, said apart from the status, and never replaced by an empty one", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await after(bench, "hibernate", workspace);
    await vanish(bench, workspace);
    await expect
      .poll(async () => await current(bench, workspace), { timeout: 10_000 })
      .toMatchObject({ status: "hibernated", dataState: "missing" });
    const operation = await ended(bench, await ask(bench, "wake", workspace));
    expect(operation).toMatchObject({ status: "failed", error: { code: "data_missing", retryable: false } });
    expect(await current(bench, workspace)).toMatchObject({ status: "failed", dataState: "missing" });
    expect(await bench.backend.volumes.list()).toEqual([]);
    expect(await machinesOf(bench, workspace)).toEqual([]);
  });

  test("is used again once it is back", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await after(bench, "hibernate", workspace);
    await vanish(bench, workspace);
    await ended(bench, await ask(bench, "wake", workspace));
    await bench.backend.volumes.create(workspace.volume?.id ?? "");
    expect(await after(bench, "restart", workspace)).toMatchObject({ status: "online", dataState: "intact" });
  });

  test("is not concluded from a backend that does not answer", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await after(bench, "hibernate", workspace);
    bench.backend.faults.setReachable(false);
    const wake = await ask(bench, "wake", workspace);
    await expect
      .poll(async () => (await current(bench, workspace)).statusReason?.code, { timeout: 10_000 })
      .toBe("backend_unavailable");
    expect((await current(bench, workspace)).dataState).toBe("intact");
    bench.backend.faults.setReachable(true);
    await succeeded(bench, wake);
  });
});

/** Every entry below a folder, with its mode and what it holds, read past daemon and backend. */
async function treeOf(folder: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of await readdir(folder, { recursive: true })) {
    const at = join(folder, name);
    const found = await lstat(at);
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isSymbolicLink()) tree[name] = `link to ${await readlink(at)}`;
    else if (found.isDirectory()) tree[name] = `folder ${mode}`;
    else
      tree[name] = `file ${mode} ${createHash("sha256")
        .update(await readFile(at))
        .digest("hex")}`;
  }
  // The daemon's own, for uploads.
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !name.startsWith(".berth")));
}

async function plantTree(folder: string): Promise<void> {
  const write = async (name: string, content: string | Buffer, mode: number) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    await chmod(join(folder, name), mode);
  };
  await write("deep/deeper/file.txt", "deep", 0o640);
  await write("run.sh", "#!/bin/sh\n", 0o755);
  await write("read only.bin", randomBytes(300_000), 0o444);
  await write("zero", "", 0o600);
  await write(".cache/n\u00e4me with 'quotes' \u{1f600}", "hidden", 0o644);
  await write(".git/objects/ab/cdef", randomBytes(1000), 0o444);
  await mkdir(join(folder, "empty/below"), { recursive: true });
  await chmod(join(folder, "empty"), 0o750);
  await symlink("deep/deeper/file.txt", join(folder, "link"));
  await symlink("../nowhere", join(folder, "dangling"));
  await symlink("/etc/passwd", join(folder, "outside"));
}

/** Where the one machine without a volume, or the one volume, has its files on this disk. */
async function dataFolder(
  bench: MemoryBench,
  workspace: { id: string },
  root: "workspace" | "configs",
): Promise<string> {
  const { volume } = await current(bench, workspace);
  if (volume) return join(scratchFolder("volumes", volume.id), root);
  return join(scratchFolder("instances", await incarnationOf(bench, workspace)), root);
}

describe("ephemeral that becomes persist", () => {
  test("copies what is there, with modes, links and empty folders, and keeps it from then on", async () => {
    await using bench = await openBench();
    const workspace = await online(bench, { compute: { dataPersistence: "ephemeral" } });
    const files = await filesOf(bench, workspace);
    await plantTree(await dataFolder(bench, workspace, "workspace"));
    const sentinels = await Sentinels.plant(files, "/workspace");
    const trees = async () => ({
      workspace: await treeOf(await dataFolder(bench, workspace, "workspace")),
      configs: await treeOf(await dataFolder(bench, workspace, "configs")),
    });
    const tree = await trees();
    expect(Object.keys(tree.workspace).length).toBeGreaterThan(20);
    expect((await persist(bench, workspace, "persist")).restartRequired).toBe(true);
    for (let restart = 0; restart < 2; restart += 1) {
      const restarted = await after(bench, "restart", workspace);
      expect(restarted).toMatchObject({ dataState: "intact", volume: { state: "attached" }, restartRequired: false });
      expect(await trees()).toEqual(tree);
      const now = await filesOf(bench, workspace);
      expect(await sentinels.found(now)).toEqual(sentinels.planted);
      expect(await bench.backend.instances.list()).toHaveLength(1);
    }
    expect(await bench.backend.volumes.list()).toHaveLength(1);
  });

  test("loses nothing when it is paused and resumed before the swap", async () => {
    await using bench = await openBench();
    const workspace = await online(bench, { compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await persist(bench, workspace, "persist");
    await after(bench, "pause", workspace);
    await after(bench, "resume", workspace);
    const late = await Sentinels.plant(await filesOf(bench, workspace), "/configs");
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
    await after(bench, "restart", workspace);
    const now = await filesOf(bench, workspace);
    expect(await sentinels.found(now)).toEqual(sentinels.planted);
    expect(await late.found(now)).toEqual(late.planted);
  });

  test("copies from a machine that was lost meanwhile, once it can be started", async () => {
    await using bench = await openBench();
    const workspace = await online(bench, { compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await persist(bench, workspace, "persist");
    const before = await incarnationOf(bench, workspace);
    await bench.backend.faults.kill(before);
    await expect.poll(() => incarnationOf(bench, workspace), { timeout: 10_000 }).not.toBe(before);
    await isStatus(bench, workspace, "online");
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
  });

  test.each(["quiesce", "read the old files", "write the new files"])(
    "copies everything although the first tries to %s break half-way",
    async (what) => {
      await using bench = await openBench();
      const workspace = await online(bench, { compute: { dataPersistence: "ephemeral" } });
      const files = await filesOf(bench, workspace);
      await plantTree(await dataFolder(bench, workspace, "workspace"));
      const sentinels = await Sentinels.plant(files, "/workspace");
      const tree = await treeOf(await dataFolder(bench, workspace, "workspace"));
      await persist(bench, workspace, "persist");
      const breaks = breakCalls(bench, what, 2);
      const restarted = await after(bench, "restart", workspace);
      expect(breaks.count).toBe(2);
      expect(restarted).toMatchObject({ status: "online" });
      const now = await filesOf(bench, workspace);
      expect(await treeOf(await dataFolder(bench, workspace, "workspace"))).toEqual(tree);
      expect(await sentinels.found(now)).toEqual(sentinels.planted);
    },
  );

  test("keeps the old machine, however old, as long as the copy does not succeed", async () => {
    await using bench = await openBench({ settings: { provisionTimeoutSeconds: 1 } });
    const workspace = await online(bench, { compute: { dataPersistence: "ephemeral" } });
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    const old = await incarnationOf(bench, workspace);
    await persist(bench, workspace, "persist");
    const breaks = breakCalls(bench, "write the new files", Number.POSITIVE_INFINITY);
    expect((await ended(bench, await ask(bench, "restart", workspace))).status).toBe("failed");
    expect(await current(bench, workspace)).toMatchObject({ status: "failed" });
    // Long enough for the sweep to have come round: a machine nobody stands for is gone by then.
    const { machine } = await strayMachine(bench);
    await expect
      .poll(async () => (await bench.backend.instances.observe(machine)).state, { timeout: 10_000 })
      .toBe("absent");
    expect(await machinesOf(bench, workspace)).toMatchObject([{ incarnationId: old }]);
    // Nobody is shown half a copy, and nobody writes into what is about to be emptied.
    const place = { workspaceId: workspace.id, root: "/workspace", path: "/" };
    await expect(statFile(bench.deps, bench.actor, place, AbortSignal.timeout(9000))).rejects.toEqual(
      problem({ code: "workspace_not_running" }),
    );
    breaks.stop();
    await after(bench, "restart", workspace);
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
  });
});

/** A machine with a row that no workspace stands for. */
async function strayMachine(bench: MemoryBench) {
  const { workspace } = await createWorkspace(
    bench.deps,
    bench.actor,
    newWorkspace({ compute: { dataPersistence: "ephemeral" } }),
  );
  await isStatus(bench, workspace, "online");
  const incarnationId = await incarnationOf(bench, workspace);
  await bench.sql(
    "update workspaces set incarnation_id = null, status = 'hibernated', desired = 'hibernated' where id = $1",
    [workspace.id],
  );
  return { machine: { incarnationId, workspaceId: workspace.id } };
}

describe("persist that becomes ephemeral", () => {
  test("lets go of the volume at the next start, without a clock, and starts new and empty", async () => {
    await using bench = await openBench({ settings: { graceHours: 0 } });
    const { deps, actor } = bench;
    const workspace = await online(bench, { compute: { dataPersistence: "auto" } });
    await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await persist(bench, workspace, "ephemeral");
    expect((await current(bench, workspace)).volume?.state).toBe("attached");
    const restarted = await after(bench, "restart", workspace);
    expect(restarted).toMatchObject({ volume: null, dataState: "none" });
    expect(await (await filesOf(bench, workspace)).names("/workspace")).toEqual([]);
    expect(await (await filesOf(bench, workspace)).names("/configs")).toEqual(["workspace.json"]);
    expect(await listVolumes(deps, actor, {})).toMatchObject([
      { id: workspace.volume?.id, state: "retained", retainedUntil: null, workspaceName: workspace.name },
    ]);
    expect(await bench.backend.volumes.list()).toEqual([workspace.volume?.id]);
  });

  test("keeps using the volume over a pause, which swaps no machine", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await persist(bench, workspace, "ephemeral");
    await after(bench, "pause", workspace);
    const resumed = await after(bench, "resume", workspace);
    expect(resumed).toMatchObject({ volume: { id: workspace.volume?.id, state: "attached" }, restartRequired: true });
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
  });

  test("deleted before the swap keeps the volume: changing a setting never erases", async () => {
    await using bench = await openBench({ settings: { graceHours: 0 } });
    const { deps, actor } = bench;
    const workspace = await online(bench);
    await persist(bench, workspace, "ephemeral");
    await remove(bench, workspace);
    expect(await getVolume(deps, actor, { id: workspace.volume?.id ?? "" })).toMatchObject({
      state: "retained",
      retainedUntil: null,
    });
  });
});
