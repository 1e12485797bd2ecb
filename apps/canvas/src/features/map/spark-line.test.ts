import { expect, test } from "vitest";
import { lastOf, SPARK, sparkLine, topOf } from "./spark-line.ts";

test("the newest value is at the right end, however few there are", () => {
  expect(sparkLine([0, 100], 3, 100)).toBe(`M32 ${SPARK.height - 1}L64 1`);
});

test("an unknown value breaks the line", () => {
  expect(sparkLine([0, null, 0], 3, 100)).toBe("M0 15M64 15");
  expect(sparkLine([null, null], 3, 100)).toBe("");
  expect(sparkLine([], 3, 100)).toBe("");
});

test("the line stays inside the picture", () => {
  expect(sparkLine([500], 3, 100)).toBe("M64 1");
});

test("an idle workspace has a flat line", () => {
  expect(topOf([1, null, 2], 100)).toBe(100);
  expect(topOf([200], 100)).toBeCloseTo(220);
  expect(lastOf([1, 2, null])).toBe(2);
  expect(lastOf([null])).toBeNull();
});
