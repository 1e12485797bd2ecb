import { describe, expect, test } from "vitest";
import { findTyped, moveForKey } from "./tree-keys.ts";
import type { Row } from "./tree-store.ts";

const line = (path: string, depth: number, kind: "file" | "directory" = "file", isExpanded = false): Row => ({
  kind: "entry",
  path,
  depth,
  isExpanded,
  entry: {
    name: path.split("/").at(-1) ?? "",
    kind,
    size: null,
    modifiedAt: null,
    mode: null,
    linkTarget: null,
    error: null,
  },
});
const rows: Row[] = [
  line("/src", 0, "directory", true),
  line("/src/main.ts", 1),
  line("/lib", 0, "directory"),
  line("/Makefile", 0),
];

describe("keys in the tree", () => {
  test("down and up stop at the ends", () => {
    expect(moveForKey("ArrowDown", rows, 3)).toEqual({ to: 3 });
    expect(moveForKey("ArrowUp", rows, 0)).toEqual({ to: 0 });
  });

  test("right expands a folder, then enters it; left collapses it, or goes to its parent", () => {
    expect(moveForKey("ArrowRight", rows, 2)).toEqual({ expand: "/lib" });
    expect(moveForKey("ArrowRight", rows, 0)).toEqual({ to: 1 });
    expect(moveForKey("ArrowLeft", rows, 0)).toEqual({ collapse: "/src" });
    expect(moveForKey("ArrowLeft", rows, 1)).toEqual({ to: 0 });
    expect(moveForKey("ArrowLeft", rows, 3)).toBeNull();
  });

  test("Enter opens files and toggles folders; F2 renames; Delete removes", () => {
    expect(moveForKey("Enter", rows, 1)).toEqual({ open: "/src/main.ts" });
    expect(moveForKey("Enter", rows, 2)).toEqual({ toggle: "/lib" });
    expect(moveForKey("F2", rows, 1)).toEqual({ rename: "/src/main.ts" });
    expect(moveForKey("Delete", rows, 3)).toEqual({ remove: "/Makefile" });
    expect(moveForKey("x", rows, 3)).toBeNull();
  });

  test("letters move to the next row that starts with them, ignoring case", () => {
    expect(findTyped(rows, 1, "m")).toBe(3);
    expect(findTyped(rows, 3, "m")).toBe(1);
    expect(findTyped(rows, 3, "mak")).toBe(3);
    expect(findTyped(rows, 0, "zz")).toBe(-1);
  });
});
