import { adoptVolumeInput, type Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import { type MemoryHarness, openHarness, until } from "../testing/index.ts";
import { adoptVolume, eraseVolume, getReceipt, getVolume, listVolumes } from "../volumes/volumes.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";

/** A deleted workspace whose data was erased with a receipt. */
async function erased(harness: MemoryHarness): Promise<{ workspace: Workspace; volumeId: string }> {
  const workspace = await harness.online();
  await harness.deleted(workspace, { eraseData: true });
  return { workspace, volumeId: workspace.volume?.id ?? "" };
}

/** Creates the volume again, like an engine that is restored from a backup. */
const comeBack = ({ backend }: MemoryHarness, volumeId: string) => backend.volumes.create(volumeId);

const seenBack = ({ deps, actor }: MemoryHarness) =>
  until(async () => (await listVolumes(deps, actor, { state: "quarantined" }))[0], "the volume is set aside");

describe("an erased volume that its backend has again", () => {
  test("is quarantined and reported as returned, and its receipt is no longer shown", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const { workspace, volumeId } = await erased(harness);
    expect(await getReceipt(deps, actor, { id: volumeId })).toMatchObject({ workspaceName: workspace.name });
    await comeBack(harness, volumeId);

    const found = await seenBack(harness);
    expect(found).toMatchObject({
      ...{ id: volumeId, workspaceId: null, workspaceName: workspace.name },
      ...{ returnedAt: expect.any(String), sizeBytes: null },
    });
    await expect(getReceipt(deps, actor, { id: volumeId })).rejects.toMatchObject({ problem: { code: "not_found" } });
    const { items } = await listEvents(deps, actor, { limit: 500, types: ["volume.state_changed"] });
    expect(items.filter(({ data }) => "returned" in data)).toMatchObject([
      { workspaceId: null, data: { volumeId, state: "quarantined", returned: true } },
    ]);
    expect(harness.logged.filter(({ evt }) => evt === "sweep.volume_returned")).toMatchObject([{ level: "error" }]);
    await expect(restoreWorkspace(deps, actor, { id: workspace.id })).rejects.toMatchObject({
      problem: { code: "data_erased", message: expect.stringContaining("Adopt it from Saved data") },
    });
  });

  test("is erased again by a new order, with a new receipt", async () => {
    await using harness = await openHarness();
    const { deps, actor, backend } = harness;
    const { workspace, volumeId } = await erased(harness);
    const first = await getReceipt(deps, actor, { id: volumeId });
    await comeBack(harness, volumeId);
    await seenBack(harness);
    await harness.succeeded(await eraseVolume(deps, actor, { id: volumeId, confirmName: workspace.name }));
    expect(await backend.volumes.list()).toEqual([]);
    expect(await getVolume(deps, actor, { id: volumeId })).toMatchObject({ state: "erased", returnedAt: null });
    const second = await getReceipt(deps, actor, { id: volumeId });
    expect([first.reason, second.reason]).toEqual(["delete_with_erase", "erase_now"]);
    expect(Date.parse(second.erasedAt)).toBeGreaterThan(Date.parse(first.verifiedAt));
    // The earlier order and its proof remain on record.
    expect(await harness.sql("select 1 from erase_orders where volume_id = $1", [volumeId])).toHaveLength(2);
  });

  test("can be adopted", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const { volumeId } = await erased(harness);
    await comeBack(harness, volumeId);
    await seenBack(harness);
    const input = adoptVolumeInput.parse({ id: volumeId, name: "found again" });
    const { workspace, operation } = await adoptVolume(deps, actor, input);
    await harness.succeeded(operation);
    const adopted = { state: "attached", workspaceId: workspace.id, returnedAt: null };
    expect(await getVolume(deps, actor, { id: volumeId })).toMatchObject(adopted);
  });

  test("stays erased when only a listing shows it", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    let [listings, observations] = [0, 0];
    const first = await harness.startReplica();
    const { volumeId } = await erased(harness);
    await first.stop();
    await harness.startReplica({
      changeGateway: (gateway) => ({
        ...gateway,
        async listVolumes(kind) {
          listings += 1;
          return [...(await gateway.listVolumes(kind)), volumeId];
        },
        async observeVolume(kind, id) {
          observations += 1;
          return gateway.observeVolume(kind, id);
        },
      }),
    });
    await until(async () => listings > 6, "the sweep runs again");
    expect(observations).toBeGreaterThan(0);
    expect(await getVolume(deps, actor, { id: volumeId })).toMatchObject({ state: "erased" });
  });
});
