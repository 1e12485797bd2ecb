import { adoptVolumeInput, type Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import { type MemoryBench, openBench, until } from "../testing/index.ts";
import { adoptVolume, eraseVolume, getReceipt, getVolume, listVolumes } from "../volumes/volumes.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";

/** A deleted workspace whose data was erased with a receipt. */
async function erased(bench: MemoryBench): Promise<{ workspace: Workspace; volumeId: string }> {
  const workspace = await bench.online();
  await bench.deleted(workspace, { eraseData: true });
  return { workspace, volumeId: workspace.volume?.id ?? "" };
}

/** Creates the volume again, as an engine that is restored from a backup would. */
const comeBack = ({ backend }: MemoryBench, volumeId: string) => backend.volumes.create(volumeId);

const seenBack = ({ deps, actor }: MemoryBench) =>
  until(async () => (await listVolumes(deps, actor, { state: "quarantined" }))[0], "the volume is set aside");

describe("an erased volume that its backend has again", () => {
  test("is quarantined and reported as returned, and its receipt is no longer shown", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const { workspace, volumeId } = await erased(bench);
    expect(await getReceipt(deps, actor, { id: volumeId })).toMatchObject({ workspaceName: workspace.name });
    await comeBack(bench, volumeId);

    const found = await seenBack(bench);
    expect(found).toMatchObject({
      ...{ id: volumeId, workspaceId: null, workspaceName: workspace.name },
      ...{ returnedAt: expect.any(String), sizeBytes: null },
    });
    await expect(getReceipt(deps, actor, { id: volumeId })).rejects.toMatchObject({ problem: { code: "not_found" } });
    const { items } = await listEvents(deps, actor, { limit: 500, types: ["volume.state_changed"] });
    expect(items.filter(({ data }) => "returned" in data)).toMatchObject([
      { workspaceId: null, data: { volumeId, state: "quarantined", returned: true } },
    ]);
    expect(bench.logged.filter(({ evt }) => evt === "sweep.volume_returned")).toMatchObject([{ level: "error" }]);
    await expect(restoreWorkspace(deps, actor, { id: workspace.id })).rejects.toMatchObject({
      problem: { code: "data_erased", message: expect.stringContaining("Adopt it from Saved data") },
    });
  });

  test("is erased again by a new order, with a new receipt", async () => {
    await using bench = await openBench();
    const { deps, actor, backend } = bench;
    const { workspace, volumeId } = await erased(bench);
    const first = await getReceipt(deps, actor, { id: volumeId });
    await comeBack(bench, volumeId);
    await seenBack(bench);
    await bench.succeeded(await eraseVolume(deps, actor, { id: volumeId, confirmName: workspace.name }));
    expect(await backend.volumes.list()).toEqual([]);
    expect(await getVolume(deps, actor, { id: volumeId })).toMatchObject({ state: "erased", returnedAt: null });
    const second = await getReceipt(deps, actor, { id: volumeId });
    expect([first.reason, second.reason]).toEqual(["delete_with_erase", "erase_now"]);
    expect(Date.parse(second.erasedAt)).toBeGreaterThan(Date.parse(first.verifiedAt));
    // The earlier order and its proof remain on record.
    expect(await bench.sql("select 1 from erase_orders where volume_id = $1", [volumeId])).toHaveLength(2);
  });

  test("can be adopted", async () => {
    await using bench = await openBench();
    const { deps, actor } = bench;
    const { volumeId } = await erased(bench);
    await comeBack(bench, volumeId);
    await seenBack(bench);
    const input = adoptVolumeInput.parse({ id: volumeId, name: "found again" });
    const { workspace, operation } = await adoptVolume(deps, actor, input);
    await bench.succeeded(operation);
    const adopted = { state: "attached", workspaceId: workspace.id, returnedAt: null };
    expect(await getVolume(deps, actor, { id: volumeId })).toMatchObject(adopted);
  });

  test("stays erased when only a listing shows it", async () => {
    await using bench = await openBench({ started: false });
    const { deps, actor } = bench;
    let [listings, observations] = [0, 0];
    const first = await bench.startReplica();
    const { volumeId } = await erased(bench);
    await first.stop();
    await bench.startReplica({
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
    await until(async () => listings > 6, "the sweep comes round");
    expect(observations).toBeGreaterThan(0);
    expect(await getVolume(deps, actor, { id: volumeId })).toMatchObject({ state: "erased" });
  });
});
