import { describe, expect, test } from "vitest";
import { afterMove, ancestorsOf, baseName, isWithin, joinPath, nameProblem, parentOf } from "./paths.ts";

describe("paths", () => {
  test("can be joined, split and climbed", () => {
    expect(joinPath("/", "a")).toBe("/a");
    expect(joinPath("/a", "b c")).toBe("/a/b c");
    expect(parentOf("/a/b")).toBe("/a");
    expect(parentOf("/a")).toBe("/");
    expect(parentOf("/")).toBe("/");
    expect(baseName("/a/b")).toBe("b");
    expect(ancestorsOf("/a/b/c")).toEqual(["/", "/a", "/a/b"]);
    expect(ancestorsOf("/")).toEqual([]);
  });

  test("of a neighbour with a longer name are not inside the folder", () => {
    expect(isWithin("/ab/c", "/a")).toBe(false);
    expect(isWithin("/a/c", "/a")).toBe(true);
    expect(isWithin("/a", "/")).toBe(true);
  });

  test("change when an entry above them moves, and only then", () => {
    expect(afterMove("/a/b/c", "/a", "/z/a")).toBe("/z/a/b/c");
    expect(afterMove("/ab", "/a", "/z")).toBe("/ab");
  });

  test.each([
    ["", /Enter a name/],
    ["..", /not a valid name/],
    ["a/b", /“\/”/],
    ["ü".repeat(128), /255 bytes/],
  ])("refuse %j as a name", (name, problem) => expect(nameProblem(name)).toMatch(problem));

  test("accept any other name", () => expect(nameProblem(" a&b #1.py")).toBeNull());
});
