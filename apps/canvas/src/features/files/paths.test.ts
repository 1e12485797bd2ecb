import { describe, expect, test } from "vitest";
import { afterMove, ancestorsOf, baseName, complaintAboutName, isWithin, joinPath, parentOf } from "./paths.ts";

describe("paths", () => {
  test("join, take apart and climb", () => {
    expect(joinPath("/", "a")).toBe("/a");
    expect(joinPath("/a", "b c")).toBe("/a/b c");
    expect(parentOf("/a/b")).toBe("/a");
    expect(parentOf("/a")).toBe("/");
    expect(parentOf("/")).toBe("/");
    expect(baseName("/a/b")).toBe("b");
    expect(ancestorsOf("/a/b/c")).toEqual(["/", "/a", "/a/b"]);
    expect(ancestorsOf("/")).toEqual([]);
  });

  test("a neighbour with a longer name is not within", () => {
    expect(isWithin("/ab/c", "/a")).toBe(false);
    expect(isWithin("/a/c", "/a")).toBe(true);
    expect(isWithin("/a", "/")).toBe(true);
  });

  test("follow what was moved, and only that", () => {
    expect(afterMove("/a/b/c", "/a", "/z/a")).toBe("/z/a/b/c");
    expect(afterMove("/ab", "/a", "/z")).toBe("/ab");
  });

  test.each([
    ["", /needed/],
    ["..", /no name/],
    ["a/b", /“\/”/],
    ["ü".repeat(128), /255 bytes/],
  ])("refuse %j as a name", (name, complaint) => expect(complaintAboutName(name)).toMatch(complaint));

  test("take any other name, however odd", () => expect(complaintAboutName(" a&b #1.py")).toBeNull());
});
