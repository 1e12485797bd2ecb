import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { Sentinels } from "@berth/backends/testing";
import { WORKSPACE_STATUSES, type Workspace, type WorkspaceStatus } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { authenticate, authenticateDaemon } from "../access/authenticate.ts";
import { tunnelToken } from "../access/secrets.ts";
import { createToken, revokeToken } from "../access/tokens.ts";
import { statFile } from "../files/files.ts";
import {
  after,
  ask,
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
  still,
  succeeded,
} from "../testing/index.ts";
import { eraseVolume, getReceipt, getVolume } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { previewDelete, requestDelete } from "../workspaces/delete.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { requestAutomaticRestart } from "./recover.ts";

const remove = ({ deps, actor }: MemoryBench, { id, name }: Workspace, eraseData = false, cascade = false) =>
  requestDelete(deps, actor, { id, confirmName: name, eraseData, cascade });

const volumeOf = (bench: MemoryBench, { volume }: Workspace) =>
  getVolume(bench.deps, bench.actor, { id: volume?.id ?? "" });

/** Puts the row where a crash, a test or bad luck may leave it. What stands at the backend stays. */
async function driveInto({ sql }: MemoryBench, { id }: Workspace, status: WorkspaceStatus): Promise<void> {
  const desired = status.startsWith("paus") ? "paused" : status.startsWith("hibernat") ? "hibernated" : "running";
  const released = status === "hibernated" ? ", incarnation_id = null" : "";
  await sql(`update workspaces set status = $2, desired = $3${released} where id = $1`, [id, status, desired]);
}

const DELETABLE = WORKSPACE_STATUSES.filter((status) => status !== "deleted" && status !== "deleting");

describe("a delete", () => {
  test.each(DELETABLE)("from %s removes the machine and keeps the data", async (status) => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const sentinels = await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await driveInto(bench, workspace, status);
    await succeeded(bench, await remove(bench, workspace));
    expect(await current(bench, workspace)).toMatchObject({ status: "deleted", desired: "deleted" });
    expect(await machinesOf(bench, workspace)).toEqual([]);
    expect(await volumeOf(bench, workspace)).toMatchObject({ state: "retained" });
    expect(await bench.backend.volumes.list()).toEqual([workspace.volume?.id]);
    const [row] = await bench.sql<{ open: string }>("select count(*) as open from incarnations where ended_at is null");
    expect(row?.open).toBe("0");
    // Kept means: there when it comes back, byte for byte.
    await succeeded(bench, (await restoreWorkspace(bench.deps, bench.actor, workspace)).operation);
    expect(await sentinels.found(await filesOf(bench, workspace))).toEqual(sentinels.planted);
  });

  test.each(DELETABLE)("with erase from %s ends in a receipt and leaves nothing", async (status) => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await Sentinels.plant(await filesOf(bench, workspace), "/workspace");
    await driveInto(bench, workspace, status);
    await succeeded(bench, await remove(bench, workspace, true));
    expect(await current(bench, workspace)).toMatchObject({ status: "deleted", dataState: "none" });
    expect(await machinesOf(bench, workspace)).toEqual([]);
    expect(await bench.backend.volumes.list()).toEqual([]);
    const receipt = await getReceipt(bench.deps, bench.actor, { id: workspace.volume?.id ?? "" });
    expect(receipt).toMatchObject({ workspaceName: workspace.name, requestedBy: "owner", reason: "delete_with_erase" });
    expect(receipt.requestedByToken).toBeNull();
    expect(receipt.verification).toContain("memory backend");
    expect(receipt.covered.join()).toContain(workspace.volume?.id);
    expect(Date.parse(receipt.verifiedAt)).toBeGreaterThanOrEqual(Date.parse(receipt.requestedAt));
  });

  test("with erase by a token ends in a receipt that names it, whoever reads it and after it was revoked", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const workspace = await online(bench);
    const { token, secret } = await createToken(deps, actor, { kind: "org", name: "nightly clean-up" });
    const asking = await authenticate(deps, { bearer: secret, cookie: null });
    if (!asking) throw new Error("The token was not let in.");
    const { id: workspaceId, name, volume } = workspace;
    const input = { id: workspaceId, confirmName: name, eraseData: true, cascade: false };
    await succeeded(bench, await requestDelete(deps, asking, input));
    const id = volume?.id ?? "";
    expect(await getReceipt(deps, asking, { id })).toMatchObject({
      requestedBy: `token:${token.id}`,
      requestedByToken: { name: "nightly clean-up", revokedAt: null },
    });
    const { revokedAt } = await revokeToken(deps, actor, { id: token.id });
    expect((await getReceipt(deps, actor, { id })).requestedByToken).toEqual({ name: "nightly clean-up", revokedAt });
    await bench.sql("delete from tokens");
    expect((await getReceipt(deps, actor, { id })).requestedByToken).toBeNull();
  });

  test("of a workspace that keeps nothing ends in a receipt too", async () => {
    await using bench = await openBench();
    const workspace = await online(bench, { compute: { dataPersistence: "ephemeral" } });
    await succeeded(bench, await remove(bench, workspace, true));
    const { volume } = await current(bench, workspace);
    const receipt = await getReceipt(bench.deps, bench.actor, { id: volume?.id ?? "" });
    expect(receipt.covered.join()).not.toContain("Data volume");
    expect(await bench.backend.volumes.list()).toEqual([]);
  });

  test("wins over a start that runs: no machine is left, whatever the start was doing", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    bench.backend.faults.hangProvision();
    const { workspace, operation } = await createWorkspace(deps, actor, newWorkspace());
    await expect.poll(async () => (await current(bench, workspace)).volume?.state).toBe("attached");
    await expect
      .poll(
        async () => (await bench.sql("select 1 from operations where steps::text like '%Start the machine%'")).length,
      )
      .toBe(1);
    await succeeded(bench, await remove(bench, workspace));
    expect((await ended(bench, operation)).status).toBe("superseded");
    expect(await bench.backend.instances.list()).toEqual([]);
    expect(await current(bench, workspace)).toMatchObject({ status: "deleted" });
  });

  test("wins over a start at every moment of it", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    bench.backend.faults.delayProvision(20);
    for (let delay = 0; delay < 20; delay += 1) {
      const { workspace } = await createWorkspace(deps, actor, newWorkspace());
      // Not a wait for something: a different moment each time.
      await new Promise((resolve) => setTimeout(resolve, delay * 6));
      await succeeded(bench, await remove(bench, workspace, delay % 2 === 0));
      await expect.poll(() => machinesOf(bench, workspace), { timeout: 10_000 }).toEqual([]);
      expect(await current(bench, workspace)).toMatchObject({ status: "deleted" });
    }
  });

  test("joins the delete that runs, and is replaced by one that also erases", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    bench.backend.faults.setReachable(false);
    const first = await remove(bench, workspace);
    expect((await remove(bench, workspace)).id).toBe(first.id);
    const erasing = await remove(bench, workspace, true);
    expect(erasing.id).not.toBe(first.id);
    expect((await remove(bench, workspace, true)).id).toBe(erasing.id);
    // Not erasing is no way back from an erase that was ordered.
    expect((await remove(bench, workspace, false)).id).toBe(erasing.id);
    bench.backend.faults.setReachable(true);
    await succeeded(bench, erasing);
    expect((await ended(bench, first)).status).toBe("superseded");
    await getReceipt(bench.deps, bench.actor, { id: workspace.volume?.id ?? "" });
  });

  test("is never given up while the backend is away, and says why it takes so long", async () => {
    await using bench = await openBench({ settings: { provisionTimeoutSeconds: 0 } });
    const { deps, actor } = bench;
    const { workspace } = await createWorkspace(deps, actor, newWorkspace());
    bench.backend.faults.setReachable(false);
    await isStatus(bench, workspace, "failed");
    const operation = await remove(bench, workspace, true);
    await expect
      .poll(async () => (await current(bench, workspace)).statusReason, { timeout: 10_000 })
      .toMatchObject({ code: "backend_unavailable", retryable: true, nextAttemptAt: expect.any(String) });
    expect(await current(bench, workspace)).toMatchObject({ status: "deleting" });
    bench.backend.faults.setReachable(true);
    await succeeded(bench, operation);
    expect(await current(bench, workspace)).toMatchObject({ status: "deleted", statusReason: null });
  });

  test("asks for the name, exactly", async () => {
    await using bench = await openBench();
    const workspace = await online(bench, { name: "Exactly" });
    for (const confirmName of ["", "exactly", "Exactly ", workspace.id]) {
      const refused = { id: workspace.id, confirmName, eraseData: true, cascade: true };
      await expect(requestDelete(bench.deps, bench.actor, refused)).rejects.toEqual(
        problem({ code: "confirmation_mismatch" }),
      );
    }
    expect(still(await current(bench, workspace))).toEqual(still(workspace));
  });

  test("ends the workspace's own tokens and refuses its daemon", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const workspace = await online(bench);
    const { secret } = await createToken(deps, actor, { kind: "workspace", name: "t", workspaceId: workspace.id });
    expect(await authenticate(deps, { bearer: secret, cookie: null })).toMatchObject({ workspaceId: workspace.id });
    await succeeded(bench, await remove(bench, workspace));
    expect(await authenticate(deps, { bearer: secret, cookie: null })).toBeNull();
    await expect(createToken(deps, actor, { kind: "workspace", name: "t", workspaceId: workspace.id })).rejects.toEqual(
      problem({ code: "not_found" }),
    );
  });

  test("of what is deleted or was never there finds nothing", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    await succeeded(bench, await remove(bench, workspace));
    await expect(remove(bench, workspace, true)).rejects.toEqual(problem({ code: "not_found" }));
    await expect(remove(bench, { ...workspace, id: randomUUID() })).rejects.toEqual(problem({ code: "not_found" }));
    await expect(ask(bench, "restart", workspace)).rejects.toEqual(problem({ code: "illegal_transition" }));
  });
});

describe("a delete of a team", () => {
  const team = async (bench: MemoryBench) => {
    const parent = await online(bench, { name: "parent", compute: { dataPersistence: "persist" } });
    const child = await online(bench, { name: "child", parentId: parent.id });
    const grandchild = await online(bench, { parentId: child.id, compute: { dataPersistence: "ephemeral" } });
    return { parent, child, grandchild };
  };

  test("is refused without cascade, names the others, and changes nothing", async () => {
    await using bench = await openBench();
    const { parent, child, grandchild } = await team(bench);
    const children = [child, grandchild].map(({ id, name }) => ({ id, name }));
    await expect(remove(bench, parent)).rejects.toEqual(problem({ code: "has_children", details: { children } }));
    for (const each of [parent, child, grandchild]) expect(still(await current(bench, each))).toEqual(still(each));
  });

  test("with cascade removes every machine and treats each volume as its setting says", async () => {
    await using bench = await openBench();
    const { parent, child, grandchild } = await team(bench);
    await succeeded(bench, await remove(bench, parent, false, true));
    for (const each of [parent, child, grandchild]) await isStatus(bench, each, "deleted");
    expect(await bench.backend.instances.list()).toEqual([]);
    expect(await volumeOf(bench, parent)).toMatchObject({ state: "retained", retainedUntil: null });
    expect(await volumeOf(bench, child)).toMatchObject({ state: "retained", retainedUntil: expect.any(String) });
    expect((await current(bench, grandchild)).volume).toBeNull();
  });

  test("with cascade and erase gives each its own receipt", async () => {
    await using bench = await openBench();
    const { parent, child, grandchild } = await team(bench);
    await remove(bench, parent, true, true);
    for (const each of [parent, child, grandchild]) {
      await isStatus(bench, each, "deleted");
      const { volume } = await current(bench, each);
      expect(await getReceipt(bench.deps, bench.actor, { id: volume?.id ?? "" })).toMatchObject({
        workspaceName: each.name,
      });
    }
    expect(await bench.backend.volumes.list()).toEqual([]);
  });

  test("is previewed as it then happens, and previewing changes nothing", async () => {
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
    for (const each of [parent, child, grandchild]) expect(still(await current(bench, each))).toEqual(still(each));
  });
});

describe("an erase", () => {
  test("is not believed while a second look still finds the data, and ends in a receipt when it does not", async () => {
    await using bench = await openBench({ started: false });
    const answers = ["present", "unknown", "present"] as const;
    let looks = 0;
    await bench.startReplica({
      changeDoor: (door) => ({
        ...door,
        proveAbsent: async (kind, order) => {
          const presence = answers[looks];
          looks += 1;
          return presence ? { presence, method: "a look that does not help" } : door.proveAbsent(kind, order);
        },
      }),
    });
    const workspace = await online(bench);
    const operation = await remove(bench, workspace, true);
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(0);
    const id = workspace.volume?.id ?? "";
    while (looks < answers.length) {
      await expect(getReceipt(bench.deps, bench.actor, { id })).rejects.toEqual(problem({ code: "not_found" }));
      expect(await volumeOf(bench, workspace)).toMatchObject({ state: "erasing" });
      const before = looks;
      await expect.poll(() => looks, { timeout: 20_000 }).toBeGreaterThan(before);
    }
    await succeeded(bench, operation);
    expect(looks).toBe(4);
    expect((await getReceipt(bench.deps, bench.actor, { id })).verification).toContain("memory backend");
  });

  test("of a volume that is kept asks for the name, runs once, and takes what a browse machine served", async () => {
    await using bench = await openBench({ started: false });
    const replica = await bench.startReplica();
    const { deps, actor } = bench;
    const workspace = await online(bench, { name: "kept", compute: { dataPersistence: "persist" } });
    const id = workspace.volume?.id ?? "";
    await expect(eraseVolume(deps, actor, { id, confirmName: "kept" })).rejects.toEqual(
      problem({ code: "volume_attached" }),
    );
    await succeeded(bench, await remove(bench, workspace));
    await expect(eraseVolume(deps, actor, { id, confirmName: "other" })).rejects.toEqual(
      problem({ code: "confirmation_mismatch" }),
    );
    await statFile(
      deps,
      actor,
      { workspaceId: workspace.id, root: "/workspace", path: "/" },
      AbortSignal.timeout(9000),
    );
    expect(await bench.backend.instances.list()).toHaveLength(1);
    // Nobody carries it out before all have asked.
    await replica.stop();
    const asked = await Promise.all([1, 2, 3].map(() => eraseVolume(deps, actor, { id, confirmName: "kept" })));
    expect(new Set(asked.map((operation) => operation.id)).size).toBe(1);
    await bench.startReplica();
    await succeeded(bench, asked[0]!);
    expect(await bench.backend.instances.list()).toEqual([]);
    expect(await bench.backend.volumes.list()).toEqual([]);
    expect(await getReceipt(deps, actor, { id })).toMatchObject({ reason: "erase_now" });
    await expect(eraseVolume(deps, actor, { id, confirmName: "kept" })).rejects.toEqual(
      problem({ code: "data_erased" }),
    );
    expect((await current(bench, workspace)).dataState).toBe("none");
  });

  test("leaves the disk without the volume's folder", async () => {
    await using bench = await openBench();
    const workspace = await online(bench);
    const folder = scratchFolder("volumes", workspace.volume?.id ?? "");
    await succeeded(bench, await remove(bench, workspace, true));
    expect(existsSync(folder)).toBe(false);
  });
});

test("after a delete nothing brings the workspace back: not a lost machine, not a late daemon, not a file request", async () => {
  await using bench = await openBench();
  const { deps } = bench;
  const workspace = await online(bench);
  const incarnation = await incarnationOf(bench, workspace);
  await succeeded(bench, await remove(bench, workspace));
  expect(await requestAutomaticRestart(deps, workspace.id, "test")).toBe("ignored");
  const token = tunnelToken(deps.installation, incarnation);
  expect(await authenticateDaemon(deps, { incarnationId: incarnation, token })).toBeNull();
  await after(bench, "restart", await online(bench));
  expect(await machinesOf(bench, workspace)).toEqual([]);
});
