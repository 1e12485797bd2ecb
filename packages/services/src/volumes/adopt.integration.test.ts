import { Sentinels } from "@berth/backends/testing";
import { type AdoptVolumeInput, adoptVolumeInput, type Workspace } from "@berth/domain";
import { expect, test } from "vitest";
import { statFile } from "../files/files.ts";
import { openHarness, problem } from "../testing/index.ts";
import { requestDelete } from "../workspaces/delete.ts";
import { restoreWorkspace } from "../workspaces/restore.ts";
import { adoptVolume, getVolume } from "./volumes.ts";

const input = (workspace: Workspace, name: string, compute: Partial<AdoptVolumeInput["compute"]> = {}) =>
  adoptVolumeInput.parse({ id: workspace.volume?.id, name, compute });

test("a new workspace adopts a retained volume with every byte, and the old one can no longer be restored", async () => {
  await using harness = await openHarness();
  const { deps, actor } = harness;
  const old = await harness.online({ compute: { dataPersistence: "auto" } });
  const sentinels = await Sentinels.plant(await harness.filesOf(old), "/workspace");
  await harness.deleted(old);

  const adopted = await adoptVolume(deps, actor, input(old, "adopter"));
  await harness.succeeded(adopted.operation);
  expect(adopted.workspace.volume?.id).toBe(old.volume?.id);
  expect(await sentinels.found(await harness.filesOf(adopted.workspace))).toEqual(sentinels.planted);
  const volume = await getVolume(deps, actor, { id: old.volume?.id ?? "" });
  expect(volume).toMatchObject({
    state: "attached",
    workspaceId: adopted.workspace.id,
    workspaceName: "adopter",
    retainedUntil: null,
  });

  await expect(restoreWorkspace(deps, actor, old)).rejects.toEqual(problem({ code: "volume_attached" }));
  const place = { workspaceId: old.id, root: "/workspace", path: "/a" };
  await expect(statFile(deps, actor, place, AbortSignal.timeout(9000))).rejects.toEqual(
    problem({ code: "volume_attached" }),
  );
  await harness.deleted(adopted.workspace);
  await expect(restoreWorkspace(deps, actor, old)).rejects.toEqual(problem({ code: "volume_attached" }));
});

test("adopt rejects data in use, erased data, another backend, an ephemeral workspace and a taken name", async () => {
  await using harness = await openHarness();
  const { deps, actor } = harness;
  const live = await harness.online();
  await expect(adoptVolume(deps, actor, input(live, "thief"))).rejects.toEqual(problem({ code: "volume_attached" }));
  const kept = await harness.online();
  await harness.deleted(kept);
  await expect(adoptVolume(deps, actor, input(kept, "elsewhere", { backend: "docker" }))).rejects.toEqual(
    problem({ code: "unsupported_by_backend" }),
  );
  await expect(adoptVolume(deps, actor, input(kept, "leaky", { dataPersistence: "ephemeral" }))).rejects.toEqual(
    problem({ code: "invalid_input" }),
  );
  await expect(adoptVolume(deps, actor, input(kept, live.name))).rejects.toEqual(problem({ code: "name_taken" }));
  expect((await getVolume(deps, actor, { id: kept.volume?.id ?? "" })).state).toBe("retained");
  const erased = await harness.online();
  await harness.deleted(erased, { eraseData: true });
  await expect(adoptVolume(deps, actor, input(erased, "ghost"))).rejects.toEqual(problem({ code: "data_erased" }));
});

test.each([false, true])(
  "a retried delete does not touch the volume that another workspace has adopted (erase: %s)",
  async (eraseData) => {
    await using harness = await openHarness({ started: false, settings: { graceHours: 0 } });
    const { deps, actor } = harness;
    const first = await harness.startReplica();
    const old = await harness.online({ compute: { dataPersistence: "auto" } });
    const sentinels = await Sentinels.plant(await harness.filesOf(old), "/workspace");
    await first.stop();
    // The state after a crash between the release of the volume and the end of the delete.
    const request = { id: old.id, confirmName: old.name, eraseData: false, cascade: false };
    await requestDelete(deps, actor, request);
    await harness.sql("update volumes set state = 'retained' where id = $1", [old.volume?.id]);
    const { workspace: adopter, operation } = await adoptVolume(deps, actor, input(old, `adopter ${eraseData}`));
    const again = await requestDelete(deps, actor, { ...request, eraseData });
    await harness.startReplica();
    await harness.succeeded(operation);
    await harness.succeeded(again);
    const volume = await getVolume(deps, actor, { id: old.volume?.id ?? "" });
    expect(volume).toMatchObject({ state: "attached", workspaceId: adopter.id, retainedUntil: null });
    expect(await sentinels.found(await harness.filesOf(adopter))).toEqual(sentinels.planted);
  },
);

test("the browse instance of a retained volume ends when a workspace adopts the volume", async () => {
  await using harness = await openHarness();
  const { deps, actor, backend } = harness;
  const old = await harness.online();
  await harness.deleted(old);
  const place = { workspaceId: old.id, root: "/workspace", path: "/" };
  await statFile(deps, actor, place, AbortSignal.timeout(9000));
  expect(await backend.instances.list()).toMatchObject([{ purpose: "browse" }]);
  const { operation } = await adoptVolume(deps, actor, input(old, "adopter"));
  await harness.succeeded(operation);
  expect(await backend.instances.list()).toMatchObject([{ purpose: "workspace", state: "running" }]);
});
