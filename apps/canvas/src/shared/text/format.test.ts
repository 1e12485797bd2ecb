import { describe, expect, test } from "vitest";
import { count, formatAgo, formatBytes, formatDuration } from "./format.ts";

describe("formatBytes", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_048_576, "1.0 MB"],
    [999_949_999, "1.0 GB"],
    [123_456_789_000, "123 GB"],
    [3e18, "3000 PB"],
  ])("%d bytes read %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe("formatDuration", () => {
  test.each([
    [-5, "0 s"],
    [59_999, "59 s"],
    [185_000, "3 min 05 s"],
    [7_800_000, "2 h 10 min"],
    [273_600_000, "3 d 4 h"],
  ])("%d ms read %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
});

test("formatAgo uses the given clock, and never shows the future", () => {
  const at = "2026-01-01T00:00:00.000Z";
  expect(formatAgo(at, Date.parse(at) + 65_000)).toBe("1 min ago");
  expect(formatAgo(at, Date.parse(at) - 65_000)).toBe("just now");
});

test("count includes the number", () => {
  expect(count(1, "file")).toBe("1 file");
  expect(count(100_000, "entry", "entries")).toBe("100,000 entries");
});
