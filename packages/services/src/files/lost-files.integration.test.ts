import type { Workspace } from "@berth/domain";
import { expect, test } from "vitest";
import { type MemoryBench, openBench, problem, until } from "../testing/index.ts";
import { statFile } from "./files.ts";

// No sweep in between: what is told here is found out by looking.
const openCalmBench = () => openBench({ settings: { sweepIntervalSeconds: 3600 } });

const paused = async (bench: MemoryBench): Promise<Workspace> => bench.after("pause", await bench.online());

const look = ({ deps, actor }: MemoryBench, { id }: Workspace) =>
  statFile(deps, actor, { workspaceId: id, root: "/workspace", path: "/" }, AbortSignal.timeout(9000));

test("that the data is lost is said at once to who looks for it, and it is shown once it is back", async () => {
  await using bench = await openCalmBench();
  const workspace = await paused(bench);
  const volumeId = workspace.volume?.id ?? "";
  await bench.loseVolume(workspace);
  // The second time the loss is known already, and it is looked for all the same.
  for (const _ of [1, 2]) {
    await expect(look(bench, workspace)).rejects.toEqual(problem({ code: "data_missing", retryable: false }));
  }
  expect(await bench.current(workspace)).toMatchObject({ status: "paused", dataState: "missing" });
  await bench.backend.volumes.create(volumeId);
  expect(await look(bench, workspace)).toMatchObject({ kind: "directory" });
});

test("that the data is lost is said too where the backend shows no files of a stopped machine", async () => {
  await using bench = await openBench();
  const workspace = await paused(bench);
  const { catalog } = bench.deps;
  const capabilities: typeof catalog.capabilities = (kind) => ({ ...catalog.capabilities(kind), browseStopped: false });
  const deps = { ...bench.deps, catalog: { ...catalog, capabilities } };
  await expect(look({ ...bench, deps }, workspace)).rejects.toEqual(problem({ code: "workspace_not_running" }));
  await bench.loseVolume(workspace);
  await until(async () => (await bench.volumeOf(workspace)).missingSince, "it is said to be missing");
  await expect(look({ ...bench, deps }, workspace)).rejects.toEqual(problem({ code: "data_missing" }));
});

test("a backend that is away for a moment is waited for", async () => {
  await using bench = await openCalmBench();
  const workspace = await paused(bench);
  bench.backend.faults.setReachable(false);
  const heard = Promise.withResolvers<void>();
  const unsubscribe = bench.deps.listener.on("berth_browse_failed", () => heard.resolve());
  const looking = look(bench, workspace);
  await heard.promise;
  unsubscribe();
  bench.backend.faults.setReachable(true);
  // Whoever asks next makes it be tried again, for both.
  expect(await look(bench, workspace)).toMatchObject({ kind: "directory" });
  expect(await looking).toMatchObject({ kind: "directory" });
});

test("a machine that was lost while it showed the files is made again for the next who looks", async () => {
  await using bench = await openCalmBench();
  const workspace = await paused(bench);
  await look(bench, workspace);
  const [machine] = (await bench.backend.instances.list()).filter(({ purpose }) => purpose === "browse");
  if (!machine) throw new Error("Nothing shows the files.");
  await bench.backend.instances.destroy(machine);
  await until(async () => !bench.deps.tunnel.session(machine.incarnationId), "its daemon is gone");
  expect(await look(bench, workspace)).toMatchObject({ kind: "directory" });
});
