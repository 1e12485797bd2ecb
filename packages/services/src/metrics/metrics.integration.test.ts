import { sweepMetrics } from "@berth/db";
import { METRICS } from "@berth/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, openHarness } from "../testing/harness.ts";
import { newWorkspace, problem, testSignal } from "../testing/scenario.ts";
import { canvasMetrics, workspaceMetrics } from "./metrics.ts";
import { pollDaemons } from "./poll-daemons.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const metrics = (id: string, range: "hour" | "day") => workspaceMetrics(harness.deps, harness.actor, { id, range });

test("a workspace gets its first sample when it comes online, and one poll per period", async () => {
  const workspace = await harness.online();
  await expect.poll(async () => (await metrics(workspace.id, "hour")).points.length, { timeout: 10_000 }).toBe(1);
  const [point] = (await metrics(workspace.id, "hour")).points;
  expect(point).toMatchObject({ memoryBytes: expect.any(Number), diskUsedBytes: expect.any(Number) });
  expect(Date.now() - Date.parse(point?.at ?? "")).toBeLessThan(60_000);
  // A run right afterwards polls no daemon again.
  await pollDaemons(harness.deps, testSignal());
  expect((await metrics(workspace.id, "hour")).points).toHaveLength(1);
  const shown = await canvasMetrics(harness.deps, harness.actor);
  expect(shown.sampleSeconds).toBe(METRICS.sampleSeconds);
  expect(shown.workspaces).toEqual([{ id: workspace.id, cpuPercent: [null], memoryBytes: [point?.memoryBytes] }]);
});

test("metrics mark restarts but not the first start, and the canvas omits workspaces that do not run", async () => {
  const workspace = await harness.online();
  expect((await metrics(workspace.id, "hour")).restarts).toEqual([]);
  await harness.after("restart", workspace);
  await harness.after("restart", workspace);
  const { restarts } = await metrics(workspace.id, "day");
  expect(restarts).toHaveLength(2);
  expect([...restarts].sort()).toEqual(restarts);
  await expect.poll(() => harness.deps.samples.of(workspace.id).length).toBeGreaterThan(0);
  await harness.after("pause", workspace);
  const { workspaces } = await canvasMetrics(harness.deps, harness.actor);
  expect(workspaces.map(({ id }) => id)).not.toContain(workspace.id);
});

test("the last day is read from the table, and older rows are removed", async () => {
  const workspace = await harness.online();
  await harness.sql(
    `insert into workspace_metrics (workspace_id, at, cpu_percent, memory_bytes, disk_used_bytes)
     select $1, now() - make_interval(hours => hours), 1.23, hours * 5000000000, null from generate_series(1, 30) hours`,
    [workspace.id],
  );
  const { points } = await metrics(workspace.id, "day");
  expect(points).toHaveLength(23);
  expect(points.at(-1)).toMatchObject({ cpuPercent: 1.2, memoryBytes: 5_000_000_000, diskUsedBytes: null });
  await sweepMetrics(harness.deps.db, METRICS.averagesKeptSeconds);
  const left = await harness.sql("select 1 from workspace_metrics where workspace_id = $1", [workspace.id]);
  expect(left).toHaveLength(23);
});

test("another org's workspace is not found", async () => {
  const foreign = { ...harness.actor, orgId: crypto.randomUUID() };
  const workspace = await harness.online(newWorkspace());
  await expect(workspaceMetrics(harness.deps, foreign, { id: workspace.id, range: "hour" })).rejects.toEqual(
    problem({ code: "not_found" }),
  );
  expect((await canvasMetrics(harness.deps, foreign)).workspaces).toEqual([]);
});
