import { adoptVolumeInput } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import { type MemoryHarness, newWorkspace, openHarness, problem } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { adoptVolume } from "./volumes.ts";

/** The volume events that a subscriber gets, oldest first. */
async function volumeEvents({ deps, actor }: MemoryHarness) {
  const types = ["volume.created" as const, "volume.state_changed" as const];
  const { items } = await listEvents(deps, actor, { limit: 500, types });
  return items.map(({ type, workspaceId, data }) => ({ type, workspaceId, ...data }));
}

const created = (volumeId: string | undefined, workspaceId: string) => ({
  ...{ type: "volume.created", volumeId, workspaceId, state: "attached" },
});
const moved = (volumeId: string | undefined, workspaceId: string, state: string) => ({
  ...{ type: "volume.state_changed", volumeId, workspaceId, state },
});

/** The transactions that last wrote the volume's row and its event. `xmin` is the id of a row's transaction. */
async function writers(harness: MemoryHarness, volumeId: string | undefined) {
  const [row] = await harness.sql<{ volume: string; event: string }>(
    `select v.xmin::text as volume,
       (select e.xmin::text from events e where e.data->>'volumeId' = v.id::text order by e.sequence desc limit 1) as event
     from volumes v where v.id = $1`,
    [volumeId],
  );
  if (!row) throw new Error("There is no such volume.");
  return row;
}

async function expectOneTransaction(harness: MemoryHarness, volumeId: string | undefined): Promise<void> {
  const { volume, event } = await writers(harness, volumeId);
  expect(event).toBe(volume);
}

describe("a volume event is emitted in the transaction that changes the volume", () => {
  test("when a workspace is created with a volume", async () => {
    await using harness = await openHarness({ started: false });
    const { workspace } = await createWorkspace(harness.deps, harness.actor, newWorkspace());
    const { id: volumeId } = workspace.volume ?? {};
    expect(await volumeEvents(harness)).toEqual([created(volumeId, workspace.id)]);
    await expectOneTransaction(harness, volumeId);
  });

  test("when it is retained by a delete and attached by a restore", async () => {
    await using harness = await openHarness({ started: false });
    const replica = await harness.startReplica();
    const workspace = await harness.online({ compute: { dataPersistence: "auto" } });
    const { id: volumeId } = workspace.volume ?? {};
    await harness.deleted(workspace);
    const first = [created(volumeId, workspace.id), moved(volumeId, workspace.id, "retained")];
    expect(await volumeEvents(harness)).toEqual(first);
    await expectOneTransaction(harness, volumeId);
    // Stop the replica, because a start would write the row again.
    await replica.stop();
    await restoreWorkspace(harness.deps, harness.actor, workspace);
    expect(await volumeEvents(harness)).toEqual([...first, moved(volumeId, workspace.id, "attached")]);
    await expectOneTransaction(harness, volumeId);
  });

  test("when another workspace adopts it, but not when the adopt is rejected", async () => {
    await using harness = await openHarness({ started: false });
    const replica = await harness.startReplica();
    const { deps, actor } = harness;
    const live = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    const old = await harness.online();
    const { id: volumeId } = old.volume ?? {};
    await harness.deleted(old);
    const before = await volumeEvents(harness);
    const adopt = (name: string) => adoptVolume(deps, actor, adoptVolumeInput.parse({ id: volumeId, name }));
    await expect(adopt(live.name)).rejects.toEqual(problem({ code: "name_taken" }));
    expect(await volumeEvents(harness)).toEqual(before);
    await replica.stop();
    const { workspace: adopter } = await adopt("adopter");
    expect(await volumeEvents(harness)).toEqual([...before, moved(volumeId, adopter.id, "attached")]);
    await expectOneTransaction(harness, volumeId);
  });

  test("when a change of settings creates or releases it", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    expect(await volumeEvents(harness)).toEqual([]);
    await harness.configure(workspace, "persist");
    await harness.after("restart", workspace);
    const { id: volumeId } = (await harness.current(workspace)).volume ?? {};
    expect(volumeId).toBeDefined();
    expect(await volumeEvents(harness)).toEqual([created(volumeId, workspace.id)]);
    await harness.configure(workspace, "ephemeral");
    await harness.after("restart", workspace);
    expect(await volumeEvents(harness)).toEqual([
      created(volumeId, workspace.id),
      moved(volumeId, workspace.id, "retained"),
    ]);
    await expectOneTransaction(harness, volumeId);
  });

  test("when an ephemeral workspace is deleted with erase", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    await harness.deleted(workspace, { eraseData: true });
    const { id: volumeId } = (await harness.current(workspace)).volume ?? {};
    expect(await volumeEvents(harness)).toEqual([
      created(volumeId, workspace.id),
      moved(volumeId, workspace.id, "erasing"),
      moved(volumeId, workspace.id, "erased"),
    ]);
  });
});
