import type { DaemonStatus } from "@berth/domain";
import { expect, test } from "vitest";
import { Samples } from "./samples.ts";

const MINUTE = 60_000;
const status = (cpuPercent: number | null, memoryBytes: number | null): DaemonStatus => ({
  incarnationId: "i",
  startedAt: "",
  agent: { state: "none", pid: null, exitCode: null, restarts: 0 },
  metrics: { cpuPercent, memoryBytes, diskUsedBytes: null, diskTotalBytes: null },
  configsRefilled: false,
});

test("keeps one hour of samples per workspace, and a daemon's status only while it is connected and fresh", () => {
  let now = 1_000 * MINUTE;
  const samples = new Samples(
    () => now,
    () => now,
  );
  for (let index = 0; index < 400; index += 1) {
    samples.add({ workspaceId: "w", incarnationId: "i" }, status(index, 1));
    samples.dropStale(new Set(["i"]));
    now += 10_000;
  }
  expect(samples.of("w")).toHaveLength(360);
  expect(samples.of("w").at(-1)?.cpuPercent).toBe(399);
  expect(samples.status("i", 30_000)?.metrics.cpuPercent).toBe(399);
  expect(samples.status("i", 5_000)).toBeNull();
  samples.dropStale(new Set());
  expect(samples.status("i", 30_000)).toBeNull();
  now += 61 * MINUTE;
  samples.dropStale(new Set());
  expect(samples.workspaceIds).toEqual([]);
});

test("returns each five-minute average once and ignores unknown values", () => {
  let now = 1_001 * MINUTE;
  const samples = new Samples(() => now);
  samples.add({ workspaceId: "a", incarnationId: "a" }, status(null, 10));
  samples.add({ workspaceId: "a", incarnationId: "a" }, status(10, 20));
  samples.add({ workspaceId: "a", incarnationId: "a" }, status(20, 31));
  samples.add({ workspaceId: "b", incarnationId: "b" }, status(null, null));
  expect(samples.takeAverages()).toEqual([]);
  now = 1_006 * MINUTE;
  samples.add({ workspaceId: "a", incarnationId: "a" }, status(90, 90));
  const at = new Date(1_000 * MINUTE);
  expect(samples.takeAverages()).toEqual([
    { workspaceId: "a", at, cpuPercent: 15, memoryBytes: 20, diskUsedBytes: null },
    { workspaceId: "b", at, cpuPercent: null, memoryBytes: null, diskUsedBytes: null },
  ]);
  expect(samples.takeAverages()).toEqual([]);
  now = 1_021 * MINUTE;
  expect(samples.takeAverages()).toEqual([
    { workspaceId: "a", at: new Date(1_005 * MINUTE), cpuPercent: 90, memoryBytes: 90, diskUsedBytes: null },
  ]);
});

test("a clock set back does not make an old status fresh, and averages continue", () => {
  let [now, monotonic] = [1_000 * MINUTE, 0];
  const samples = new Samples(
    () => now,
    () => monotonic,
  );
  samples.add({ workspaceId: "w", incarnationId: "i" }, status(1, 1));
  now -= 120 * MINUTE;
  monotonic += MINUTE;
  expect(samples.status("i", 45_000)).toBeNull();
  expect(samples.takeAverages()).toEqual([]);
  samples.add({ workspaceId: "w", incarnationId: "i" }, status(2, 1));
  now += 6 * MINUTE;
  expect(samples.takeAverages()).toMatchObject([{ workspaceId: "w", cpuPercent: 2 }]);
});
