import { describe, expect, test } from "vitest";
import { extendRange, lineOf, rangeFrom } from "./line-range.ts";

const IDS = ["a", "b", "c", "d", "e"];

describe("the focused row", () => {
  test("follows its workspace when others are sorted before it", () => {
    expect(lineOf(["new", ...IDS], "b", 1)).toBe(2);
  });

  test("keeps its position when its workspace leaves the list", () => {
    expect(lineOf(["a", "c"], "b", 1)).toBe(1);
    expect(lineOf(["a"], "b", 4)).toBe(0);
    expect(lineOf([], null, 0)).toBe(0);
  });
});

describe("a range of rows", () => {
  test("shrinks and flips around its anchor, and keeps the earlier selection", () => {
    let selected: ReadonlySet<string> = new Set(["e"]);
    let range = rangeFrom("b");
    const extend = (to: number) => {
      const next = extendRange(range, IDS, selected, 1, to);
      range = next;
      selected = next.made;
      return [...selected].sort().join("");
    };
    expect([extend(2), extend(3), extend(2), extend(1), extend(0)]).toEqual(["bce", "bcde", "bce", "be", "abe"]);
  });

  test("keeps what was selected by other means in between", () => {
    const first = extendRange(rangeFrom("a"), IDS, new Set(), 0, 2);
    expect([...extendRange(first, IDS, new Set(["e"]), 0, 1).made].sort()).toEqual(["a", "b", "e"]);
  });

  test("starts at the same workspace after the rows have moved", () => {
    const { made } = extendRange(rangeFrom("b"), ["new", ...IDS], new Set(), 1, 3);
    expect([...made]).toEqual(["b", "c"]);
  });
});
