import { adoptVolumeInput } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listEvents } from "../events/feed.ts";
import { type MemoryBench, newWorkspace, openBench, problem } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { adoptVolume } from "./volumes.ts";

/** The volume events that a subscriber gets, oldest first. */
async function volumeEvents({ deps, actor }: MemoryBench) {
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
async function writers(bench: MemoryBench, volumeId: string | undefined) {
  const [row] = await bench.sql<{ volume: string; event: string }>(
    `select v.xmin::text as volume,
       (select e.xmin::text from events e where e.data->>'volumeId' = v.id::text order by e.sequence desc limit 1) as event
     from volumes v where v.id = $1`,
    [volumeId],
  );
  if (!row) throw new Error("There is no such volume.");
  return row;
}

async function expectOneTransaction(bench: MemoryBench, volumeId: string | undefined): Promise<void> {
  const { volume, event } = await writers(bench, volumeId);
  expect(event).toBe(volume);
}

describe("a volume event is emitted in the transaction that changes the volume", () => {
  test("when a workspace is created with a volume", async () => {
    await using bench = await openBench({ started: false });
    const { workspace } = await createWorkspace(bench.deps, bench.actor, newWorkspace());
    const { id: volumeId } = workspace.volume ?? {};
    expect(await volumeEvents(bench)).toEqual([created(volumeId, workspace.id)]);
    await expectOneTransaction(bench, volumeId);
  });

  test("when it is retained by a delete and attached by a restore", async () => {
    await using bench = await openBench({ started: false });
    const replica = await bench.startReplica();
    const workspace = await bench.online({ compute: { dataPersistence: "auto" } });
    const { id: volumeId } = workspace.volume ?? {};
    await bench.deleted(workspace);
    const first = [created(volumeId, workspace.id), moved(volumeId, workspace.id, "retained")];
    expect(await volumeEvents(bench)).toEqual(first);
    await expectOneTransaction(bench, volumeId);
    // Stop the replica, because a start would write the row again.
    await replica.stop();
    await restoreWorkspace(bench.deps, bench.actor, workspace);
    expect(await volumeEvents(bench)).toEqual([...first, moved(volumeId, workspace.id, "attached")]);
    await expectOneTransaction(bench, volumeId);
  });

  test("when another workspace adopts it, but not when the adopt is rejected", async () => {
    await using bench = await openBench({ started: false });
    const replica = await bench.startReplica();
    const { deps, actor } = bench;
    const live = await bench.online({ compute: { dataPersistence: "ephemeral" } });
    const old = await bench.online();
    const { id: volumeId } = old.volume ?? {};
    await bench.deleted(old);
    const before = await volumeEvents(bench);
    const adopt = (name: string) => adoptVolume(deps, actor, adoptVolumeInput.parse({ id: volumeId, name }));
    await expect(adopt(live.name)).rejects.toEqual(problem({ code: "name_taken" }));
    expect(await volumeEvents(bench)).toEqual(before);
    await replica.stop();
    const { workspace: adopter } = await adopt("heir");
    expect(await volumeEvents(bench)).toEqual([...before, moved(volumeId, adopter.id, "attached")]);
    await expectOneTransaction(bench, volumeId);
  });

  test("when a change of settings creates or releases it", async () => {
    await using bench = await openBench();
    const workspace = await bench.online({ compute: { dataPersistence: "ephemeral" } });
    expect(await volumeEvents(bench)).toEqual([]);
    await bench.configure(workspace, "persist");
    await bench.after("restart", workspace);
    const { id: volumeId } = (await bench.current(workspace)).volume ?? {};
    expect(volumeId).toBeDefined();
    expect(await volumeEvents(bench)).toEqual([created(volumeId, workspace.id)]);
    await bench.configure(workspace, "ephemeral");
    await bench.after("restart", workspace);
    expect(await volumeEvents(bench)).toEqual([
      created(volumeId, workspace.id),
      moved(volumeId, workspace.id, "retained"),
    ]);
    await expectOneTransaction(bench, volumeId);
  });

  test("when an ephemeral workspace is deleted with erase", async () => {
    await using bench = await openBench();
    const workspace = await bench.online({ compute: { dataPersistence: "ephemeral" } });
    await bench.deleted(workspace, { eraseData: true });
    const { id: volumeId } = (await bench.current(workspace)).volume ?? {};
    expect(await volumeEvents(bench)).toEqual([
      created(volumeId, workspace.id),
      moved(volumeId, workspace.id, "erasing"),
      moved(volumeId, workspace.id, "erased"),
    ]);
  });
});
