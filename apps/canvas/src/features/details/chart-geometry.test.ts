import { describe, expect, test } from "vitest";
import { linePath, nearest, roundTop } from "./chart-geometry.ts";

const frame = { from: 0, to: 100, top: 10, width: 200, height: 50 };

describe("a chart's line", () => {
  test("connects known points and breaks at unknown ones", () => {
    const points = [
      { at: 0, value: 0 },
      { at: 10, value: 10 },
      { at: 20, value: null },
      { at: 30, value: 5 },
    ];
    expect(linePath(points, frame, 15)).toBe("M0 50h0L20 0M60 25h0");
  });

  test("breaks at long gaps, and omits points before the range", () => {
    const points = [
      { at: -5, value: 1 },
      { at: 5, value: 10 },
      { at: 60, value: 10 },
    ];
    expect(linePath(points, frame, 20)).toBe("M10 0h0M120 0h0");
  });
});

test.each([
  [0, 100, 100],
  [101, 100, 200],
  [3.4e8, 1, 5e8],
  [1e9, 1, 1e9],
])("%d with at least %d is drawn up to %d", (value, least, top) => expect(roundTop(value, least)).toBe(top));

test("pointing at the chart selects the nearest known point", () => {
  const points = [
    { at: 0, value: 1 },
    { at: 50, value: null },
    { at: 90, value: 2 },
  ];
  expect(nearest(points, 52)?.at).toBe(90);
  expect(nearest([], 5)).toBeNull();
});
