import { describe, expect, test } from "vitest";
import { idsBelow, pathOf, topmost } from "./teams.ts";

const node = (id: string, parentId: string | null = null) => ({ id, parentId, name: id });
const NODES = [node("a"), node("b", "a"), node("c", "b"), node("d", "a"), node("e")];

describe("the tree of teams", () => {
  test("lists descendants at any depth", () => {
    expect([...idsBelow(NODES, ["a"])].sort()).toEqual(["b", "c", "d"]);
    expect(idsBelow(NODES, ["e"]).size).toBe(0);
  });

  test("omits workspaces whose ancestor is chosen too", () => {
    expect(topmost(NODES, new Set(["a", "c", "e"]))).toEqual(["a", "e"]);
    expect(topmost(NODES, new Set(["c", "d"]))).toEqual(["c", "d"]);
  });

  test("names the path to a workspace", () => {
    expect(pathOf(NODES, "c")).toBe("a / b");
    expect(pathOf(NODES, "a")).toBe("");
  });

  test("ends at a cycle", () => {
    const loop = [node("x", "y"), node("y", "x")];
    expect([...idsBelow(loop, ["x"])].sort()).toEqual(["x", "y"]);
    expect(pathOf(loop, "x")).toBe("y");
  });
});
