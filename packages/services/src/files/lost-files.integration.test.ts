import type { Workspace } from "@berth/domain";
import { expect, test } from "vitest";
import { type MemoryHarness, openHarness, problem, until } from "../testing/index.ts";
import { statFile } from "./files.ts";

// No sweep runs during the test, so only the file request can detect the loss.
const openQuietHarness = () => openHarness({ settings: { sweepIntervalSeconds: 3600 } });

const paused = async (harness: MemoryHarness): Promise<Workspace> => harness.after("pause", await harness.online());

const statRoot = ({ deps, actor }: MemoryHarness, { id }: Workspace) =>
  statFile(deps, actor, { workspaceId: id, root: "/workspace", path: "/" }, AbortSignal.timeout(9000));

test("a file request on a missing volume fails at once with data_missing, and works when the volume is back", async () => {
  await using harness = await openQuietHarness();
  const workspace = await paused(harness);
  const volumeId = workspace.volume?.id ?? "";
  await harness.loseVolume(workspace);
  // The second request checks again although the loss is already recorded.
  for (const _ of [1, 2]) {
    await expect(statRoot(harness, workspace)).rejects.toEqual(problem({ code: "data_missing", retryable: false }));
  }
  expect(await harness.current(workspace)).toMatchObject({ status: "paused", dataState: "missing" });
  await harness.backend.volumes.create(volumeId);
  expect(await statRoot(harness, workspace)).toMatchObject({ kind: "directory" });
});

test("a file request that wakes a workspace ends with the reason as soon as the wake has failed", async () => {
  await using harness = await openQuietHarness();
  const workspace = await harness.after("hibernate", await harness.online());
  await harness.loseVolume(workspace);
  await expect(statRoot(harness, workspace)).rejects.toEqual(problem({ code: "data_missing", retryable: false }));
  expect(await harness.current(workspace)).toMatchObject({ status: "failed", dataState: "missing" });
});

test("a file request reports lost data when the backend cannot browse stopped volumes", async () => {
  await using harness = await openHarness();
  const workspace = await paused(harness);
  const { catalog } = harness.deps;
  const capabilities: typeof catalog.capabilities = (kind) => ({ ...catalog.capabilities(kind), browseStopped: false });
  const deps = { ...harness.deps, catalog: { ...catalog, capabilities } };
  await expect(statRoot({ ...harness, deps }, workspace)).rejects.toEqual(problem({ code: "workspace_not_running" }));
  await harness.loseVolume(workspace);
  await until(async () => (await harness.volumeOf(workspace)).missingSince, "it is reported as missing");
  await expect(statRoot({ ...harness, deps }, workspace)).rejects.toEqual(problem({ code: "data_missing" }));
});

test("a file request waits for a backend that is briefly unreachable", async () => {
  await using harness = await openQuietHarness();
  const workspace = await paused(harness);
  harness.backend.faults.setReachable(false);
  const heard = Promise.withResolvers<void>();
  const unsubscribe = harness.deps.listener.on("berth_browse_failed", () => heard.resolve());
  const pending = statRoot(harness, workspace);
  await heard.promise;
  unsubscribe();
  harness.backend.faults.setReachable(true);
  // The next request triggers a retry that serves both.
  expect(await statRoot(harness, workspace)).toMatchObject({ kind: "directory" });
  expect(await pending).toMatchObject({ kind: "directory" });
});

test("a lost browse instance is created again for the next file request", async () => {
  await using harness = await openQuietHarness();
  const workspace = await paused(harness);
  await statRoot(harness, workspace);
  const [machine] = (await harness.backend.instances.list()).filter(({ purpose }) => purpose === "browse");
  if (!machine) throw new Error("Nothing shows the files.");
  await harness.backend.instances.destroy(machine);
  await until(async () => !harness.deps.tunnel.session(machine.incarnationId), "its daemon is gone");
  expect(await statRoot(harness, workspace)).toMatchObject({ kind: "directory" });
});
