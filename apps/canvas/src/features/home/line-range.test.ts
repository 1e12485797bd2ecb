import { describe, expect, test } from "vitest";
import { extendRange, lineOf, rangeFrom } from "./line-range.ts";

const IDS = ["a", "b", "c", "d", "e"];

describe("the line the keyboard is on", () => {
  test("goes along with its workspace when others sort before it", () => {
    expect(lineOf(["new", ...IDS], "b", 1)).toBe(2);
  });

  test("stays where it was when its workspace leaves, and inside the list", () => {
    expect(lineOf(["a", "c"], "b", 1)).toBe(1);
    expect(lineOf(["a"], "b", 4)).toBe(0);
    expect(lineOf([], null, 0)).toBe(0);
  });
});

describe("a range of lines", () => {
  test("shrinks and turns about its anchor, and keeps what was selected before", () => {
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

  test("takes what was selected otherwise meanwhile for given", () => {
    const first = extendRange(rangeFrom("a"), IDS, new Set(), 0, 2);
    expect([...extendRange(first, IDS, new Set(["e"]), 0, 1).made].sort()).toEqual(["a", "b", "e"]);
  });

  test("begins at the same workspace after the lines have moved", () => {
    const { made } = extendRange(rangeFrom("b"), ["new", ...IDS], new Set(), 1, 3);
    expect([...made]).toEqual(["b", "c"]);
  });
});
