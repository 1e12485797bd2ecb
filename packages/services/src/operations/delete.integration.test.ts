import { randomUUID } from "node:crypto";
import { Sentinels } from "@berth/backends/testing";
import { WORKSPACE_STATUSES, type Workspace, type WorkspaceStatus } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { authenticate, authenticateDaemon } from "../access/authenticate.ts";
import { initialTunnelToken } from "../access/secrets.ts";
import { createToken, revokeToken } from "../access/tokens.ts";
import { type MemoryHarness, newWorkspace, openHarness, problem, still } from "../testing/index.ts";
import { adoptVolume, getReceipt } from "../volumes/volumes.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { previewDelete, requestDelete } from "../workspaces/delete.ts";
import { requestAutomaticRestart } from "./recover.ts";

/** Writes a status to the row like a crash may leave it, without changing the backend. */
async function driveInto({ sql }: MemoryHarness, { id }: Workspace, status: WorkspaceStatus): Promise<void> {
  const desired = status.startsWith("paus") ? "paused" : status.startsWith("hibernat") ? "hibernated" : "running";
  const released = status === "hibernated" ? ", incarnation_id = null" : "";
  await sql(`update workspaces set status = $2, desired = $3${released} where id = $1`, [id, status, desired]);
}

const DELETABLE = WORKSPACE_STATUSES.filter((status) => status !== "deleted" && status !== "deleting");

describe("a delete", () => {
  test.each(DELETABLE)("from %s destroys the instance and retains the data", async (status) => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await driveInto(harness, workspace, status);
    await harness.deleted(workspace);
    expect(await harness.current(workspace)).toMatchObject({ status: "deleted", desired: "deleted" });
    expect(await harness.machinesOf(workspace)).toEqual([]);
    expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });
    expect(await harness.backend.volumes.list()).toEqual([workspace.volume?.id]);
    const [row] = await harness.sql<{ open: string }>(
      "select count(*) as open from incarnations where ended_at is null",
    );
    expect(row?.open).toBe("0");
    // A restore brings back every byte of retained data.
    await harness.restored(workspace);
    expect(await sentinels.found(await harness.filesOf(workspace))).toEqual(sentinels.planted);
  });

  test.each(DELETABLE)("with erase from %s leaves no data and produces a receipt", async (status) => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    await driveInto(harness, workspace, status);
    await harness.deleted(workspace, { eraseData: true });
    expect(await harness.current(workspace)).toMatchObject({ status: "deleted", dataState: "none" });
    expect(await harness.machinesOf(workspace)).toEqual([]);
    expect(await harness.backend.volumes.list()).toEqual([]);
    const receipt = await getReceipt(harness.deps, harness.actor, { id: workspace.volume?.id ?? "" });
    expect(receipt).toMatchObject({ workspaceName: workspace.name, requestedBy: "owner", reason: "delete_with_erase" });
    expect(receipt.requestedByToken).toBeNull();
    expect(receipt.verification).toContain("memory backend");
    expect(receipt.covered.join()).toContain(workspace.volume?.id);
    expect(Date.parse(receipt.verifiedAt)).toBeGreaterThanOrEqual(Date.parse(receipt.requestedAt));
  });

  test("with erase by a token names the token in the receipt, for any reader and after its revocation", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    const { token, secret } = await createToken(deps, actor, { kind: "org", name: "nightly clean-up" });
    const asking = await authenticate(deps, { bearer: secret, cookie: null });
    if (!asking) throw new Error("The token was not let in.");
    const { id: workspaceId, name, volume } = workspace;
    const input = { id: workspaceId, confirmName: name, eraseData: true, cascade: false };
    await harness.succeeded(await requestDelete(deps, asking, input));
    const id = volume?.id ?? "";
    expect(await getReceipt(deps, asking, { id })).toMatchObject({
      requestedBy: `token:${token.id}`,
      requestedByToken: { name: "nightly clean-up", revokedAt: null },
    });
    const { revokedAt } = await revokeToken(deps, actor, { id: token.id });
    expect((await getReceipt(deps, actor, { id })).requestedByToken).toEqual({ name: "nightly clean-up", revokedAt });
    await harness.sql("delete from tokens");
    expect((await getReceipt(deps, actor, { id })).requestedByToken).toBeNull();
  });

  test("with erase of an ephemeral workspace produces a receipt too", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    await harness.deleted(workspace, { eraseData: true });
    const { volume } = await harness.current(workspace);
    const receipt = await getReceipt(harness.deps, harness.actor, { id: volume?.id ?? "" });
    expect(receipt.covered.join()).not.toContain("Data volume");
    expect(await harness.backend.volumes.list()).toEqual([]);
  });

  test("supersedes a start that hangs and leaves no instance", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    harness.backend.faults.hangProvision();
    const { workspace, operation } = await createWorkspace(deps, actor, newWorkspace());
    await expect.poll(async () => (await harness.current(workspace)).volume?.state).toBe("attached");
    await expect
      .poll(
        async () => (await harness.sql("select 1 from operations where steps::text like '%Start the machine%'")).length,
      )
      .toBe(1);
    await harness.deleted(workspace);
    expect((await harness.ended(operation)).status).toBe("superseded");
    expect(await harness.backend.instances.list()).toEqual([]);
    expect(await harness.current(workspace)).toMatchObject({ status: "deleted" });
  });

  test("supersedes a start at any point", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    harness.backend.faults.delayProvision(20);
    for (let delay = 0; delay < 20; delay += 1) {
      const { workspace } = await createWorkspace(deps, actor, newWorkspace());
      // Each round interrupts the start at a different point.
      await new Promise((resolve) => setTimeout(resolve, delay * 6));
      await harness.deleted(workspace, { eraseData: delay % 2 === 0 });
      await expect.poll(() => harness.machinesOf(workspace), { timeout: 10_000 }).toEqual([]);
      expect(await harness.current(workspace)).toMatchObject({ status: "deleted" });
    }
  });

  test("joins a running delete, and is superseded by a delete with erase", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    harness.backend.faults.setReachable(false);
    const first = await harness.requestDelete(workspace);
    expect((await harness.requestDelete(workspace)).id).toBe(first.id);
    const erasing = await harness.requestDelete(workspace, { eraseData: true });
    expect(erasing.id).not.toBe(first.id);
    expect((await harness.requestDelete(workspace, { eraseData: true })).id).toBe(erasing.id);
    // A delete without erase does not cancel an ordered erase.
    expect((await harness.requestDelete(workspace)).id).toBe(erasing.id);
    harness.backend.faults.setReachable(true);
    await harness.succeeded(erasing);
    expect((await harness.ended(first)).status).toBe("superseded");
    await getReceipt(harness.deps, harness.actor, { id: workspace.volume?.id ?? "" });
  });

  test("is retried while the backend is unreachable, and shows the reason", async () => {
    await using harness = await openHarness({ settings: { provisionTimeoutSeconds: 0 } });
    const { deps, actor } = harness;
    const { workspace } = await createWorkspace(deps, actor, newWorkspace());
    harness.backend.faults.setReachable(false);
    await harness.isStatus(workspace, "failed");
    const operation = await harness.requestDelete(workspace, { eraseData: true });
    await expect
      .poll(async () => (await harness.current(workspace)).statusReason, { timeout: 10_000 })
      .toMatchObject({ code: "backend_unavailable", retryable: true, nextAttemptAt: expect.any(String) });
    expect(await harness.current(workspace)).toMatchObject({ status: "deleting" });
    harness.backend.faults.setReachable(true);
    await harness.succeeded(operation);
    expect(await harness.current(workspace)).toMatchObject({ status: "deleted", statusReason: null });
  });

  test("requires the exact name as confirmation", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ name: "Exactly" });
    for (const confirmName of ["", "exactly", "Exactly ", workspace.id]) {
      const refused = { id: workspace.id, confirmName, eraseData: true, cascade: true };
      await expect(requestDelete(harness.deps, harness.actor, refused)).rejects.toEqual(
        problem({ code: "confirmation_mismatch" }),
      );
    }
    expect(still(await harness.current(workspace))).toEqual(still(workspace));
  });

  test("revokes the workspace's tokens and refuses new ones", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    const { secret } = await createToken(deps, actor, { kind: "workspace", name: "t", workspaceId: workspace.id });
    expect(await authenticate(deps, { bearer: secret, cookie: null })).toMatchObject({ workspaceId: workspace.id });
    await harness.deleted(workspace);
    expect(await authenticate(deps, { bearer: secret, cookie: null })).toBeNull();
    await expect(createToken(deps, actor, { kind: "workspace", name: "t", workspaceId: workspace.id })).rejects.toEqual(
      problem({ code: "illegal_transition" }),
    );
  });

  test("of a deleted workspace returns the earlier delete and keeps the data retained", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const first = await harness.requestDelete(workspace);
    await harness.succeeded(first);
    expect((await harness.requestDelete(workspace)).id).toBe(first.id);
    expect(await harness.volumeOf(workspace)).toMatchObject({ state: "retained" });
  });

  test("with erase of a deleted workspace erases its retained data once", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    const first = await harness.requestDelete(workspace);
    await harness.succeeded(first);
    const preview = await previewDelete(deps, actor, { id: workspace.id, eraseData: true });
    expect(preview.workspaces).toMatchObject([
      { id: workspace.id, volume: { id: workspace.volume?.id }, fate: "erased" },
    ]);
    harness.backend.faults.setReachable(false);
    const erase = await harness.requestDelete(workspace, { eraseData: true });
    expect(erase).toMatchObject({ kind: "erase", volumeId: workspace.volume?.id });
    expect((await harness.requestDelete(workspace, { eraseData: true })).id).toBe(erase.id);
    harness.backend.faults.setReachable(true);
    await harness.succeeded(erase);
    const receipt = await getReceipt(deps, actor, { id: workspace.volume?.id ?? "" });
    expect(receipt).toMatchObject({ reason: "delete_with_erase", requestedBy: "owner" });
    expect((await harness.requestDelete(workspace, { eraseData: true })).id).toBe(first.id);
    expect((await previewDelete(deps, actor, { id: workspace.id, eraseData: true })).workspaces).toMatchObject([
      { volume: null, fate: "gone" },
    ]);
  });

  test("with erase does not erase data that another workspace has adopted", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    await harness.deleted(workspace);
    const id = workspace.volume?.id ?? "";
    const adopted = await adoptVolume(deps, actor, { ...newWorkspace(), id });
    await harness.succeeded(adopted.operation);
    expect(await harness.requestDelete(workspace, { eraseData: true })).toMatchObject({
      kind: "delete",
      status: "succeeded",
    });
    expect(await harness.volumeOf(adopted.workspace)).toMatchObject({ id, state: "attached" });
  });

  test("of an unknown workspace is not found, and a deleted one cannot be restarted", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.deleted(workspace);
    await expect(harness.requestDelete({ ...workspace, id: randomUUID() })).rejects.toEqual(
      problem({ code: "not_found" }),
    );
    await expect(harness.request("restart", workspace)).rejects.toEqual(problem({ code: "illegal_transition" }));
  });
});

test("an automatic restart or a late daemon does not bring a deleted workspace back", async () => {
  await using harness = await openHarness();
  const { deps } = harness;
  const workspace = await harness.online();
  const incarnation = await harness.incarnationOf(workspace);
  await harness.deleted(workspace);
  expect(await requestAutomaticRestart(deps, workspace.id, "test")).toBe("ignored");
  const token = initialTunnelToken(deps.installation, incarnation);
  expect(await authenticateDaemon(deps, { incarnationId: incarnation, token })).toBeNull();
  await harness.after("restart", await harness.online());
  expect(await harness.machinesOf(workspace)).toEqual([]);
});
