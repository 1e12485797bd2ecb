import { describe, expect, test } from "vitest";
import { placesOf, withTail } from "./log-tail.ts";

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index} of the log\n`).join("");

describe("a followed log", () => {
  test("appends only new lines, however the reads overlap", () => {
    expect(withTail(lines(0, 50), lines(20, 60))).toBe(lines(0, 60));
    expect(withTail(lines(0, 50), lines(0, 60))).toBe(lines(0, 60));
    expect(withTail("", lines(0, 3))).toBe(lines(0, 3));
    expect(withTail(lines(0, 50), lines(40, 50))).toBe(lines(0, 50));
  });

  test("does not join reads with a gap between them", () => {
    expect(withTail(lines(0, 50), lines(60, 90))).toBeNull();
    expect(withTail(lines(0, 5), "x\n")).toBeNull();
  });

  test("is not confused by repeated lines", () => {
    const same = "tick\n".repeat(100);
    const grown = withTail(`start\n${same}`, `${same}end\n`);
    expect(grown).toBe(`start\n${same}end\n`);
  });
});

test("a search ignores case and limits the number of matches", () => {
  expect(placesOf("Error: an error", "ERROR", 10)).toEqual([0, 10]);
  expect(placesOf("aaaa", "aa", 10)).toEqual([0, 2]);
  expect(placesOf("aaaa", "a", 3)).toHaveLength(3);
  expect(placesOf("aaaa", "", 3)).toEqual([]);
});
