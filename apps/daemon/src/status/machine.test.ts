import { expect, test } from "vitest";
import { busyMicroseconds, usedBytes } from "./machine.ts";

test("CPU time counts everything but idle time, and guest time once", () => {
  expect(busyMicroseconds("cpu  100 10 50 9000 500 5 5 3 70 0\ncpu0 1 1 1 1\n")).toBe(170 * 10_000);
  expect(busyMicroseconds("")).toBeNull();
});

test("memory in use excludes what the kernel can reclaim", () => {
  expect(usedBytes("MemTotal:        1000 kB\nMemFree:          10 kB\nMemAvailable:    600 kB\n")).toBe(400 * 1024);
  expect(usedBytes("MemTotal:        1000 kB\n")).toBeNull();
});
