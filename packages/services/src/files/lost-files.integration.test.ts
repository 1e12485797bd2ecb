import type { Workspace } from "@berth/domain";
import { expect, test } from "vitest";
import { type MemoryBench, openBench, problem, until } from "../testing/index.ts";
import { statFile } from "./files.ts";

// No sweep runs during the test, so only the file request itself can find the loss.
const openCalmBench = () => openBench({ settings: { sweepIntervalSeconds: 3600 } });

const paused = async (bench: MemoryBench): Promise<Workspace> => bench.after("pause", await bench.online());

const statRoot = ({ deps, actor }: MemoryBench, { id }: Workspace) =>
  statFile(deps, actor, { workspaceId: id, root: "/workspace", path: "/" }, AbortSignal.timeout(9000));

test("a file request on a missing volume fails at once with data_missing, and works when the volume is back", async () => {
  await using bench = await openCalmBench();
  const workspace = await paused(bench);
  const volumeId = workspace.volume?.id ?? "";
  await bench.loseVolume(workspace);
  // The second request checks again although the loss is already recorded.
  for (const _ of [1, 2]) {
    await expect(statRoot(bench, workspace)).rejects.toEqual(problem({ code: "data_missing", retryable: false }));
  }
  expect(await bench.current(workspace)).toMatchObject({ status: "paused", dataState: "missing" });
  await bench.backend.volumes.create(volumeId);
  expect(await statRoot(bench, workspace)).toMatchObject({ kind: "directory" });
});

test("a file request that wakes a workspace ends with the reason as soon as the wake has failed", async () => {
  await using bench = await openCalmBench();
  const workspace = await bench.after("hibernate", await bench.online());
  await bench.loseVolume(workspace);
  await expect(statRoot(bench, workspace)).rejects.toEqual(problem({ code: "data_missing", retryable: false }));
  expect(await bench.current(workspace)).toMatchObject({ status: "failed", dataState: "missing" });
});

test("a file request reports lost data when the backend cannot browse stopped volumes", async () => {
  await using bench = await openBench();
  const workspace = await paused(bench);
  const { catalog } = bench.deps;
  const capabilities: typeof catalog.capabilities = (kind) => ({ ...catalog.capabilities(kind), browseStopped: false });
  const deps = { ...bench.deps, catalog: { ...catalog, capabilities } };
  await expect(statRoot({ ...bench, deps }, workspace)).rejects.toEqual(problem({ code: "workspace_not_running" }));
  await bench.loseVolume(workspace);
  await until(async () => (await bench.volumeOf(workspace)).missingSince, "it is said to be missing");
  await expect(statRoot({ ...bench, deps }, workspace)).rejects.toEqual(problem({ code: "data_missing" }));
});

test("a file request waits for a backend that is briefly unreachable", async () => {
  await using bench = await openCalmBench();
  const workspace = await paused(bench);
  bench.backend.faults.setReachable(false);
  const heard = Promise.withResolvers<void>();
  const unsubscribe = bench.deps.listener.on("berth_browse_failed", () => heard.resolve());
  const pending = statRoot(bench, workspace);
  await heard.promise;
  unsubscribe();
  bench.backend.faults.setReachable(true);
  // The next request causes a retry that serves both.
  expect(await statRoot(bench, workspace)).toMatchObject({ kind: "directory" });
  expect(await pending).toMatchObject({ kind: "directory" });
});

test("a lost browse instance is created again for the next file request", async () => {
  await using bench = await openCalmBench();
  const workspace = await paused(bench);
  await statRoot(bench, workspace);
  const [machine] = (await bench.backend.instances.list()).filter(({ purpose }) => purpose === "browse");
  if (!machine) throw new Error("Nothing shows the files.");
  await bench.backend.instances.destroy(machine);
  await until(async () => !bench.deps.tunnel.session(machine.incarnationId), "its daemon is gone");
  expect(await statRoot(bench, workspace)).toMatchObject({ kind: "directory" });
});
