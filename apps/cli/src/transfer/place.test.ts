import { expect, test } from "vitest";
import { placeOf } from "./place.ts";

test.each([
  ["first:a.txt", "first", "workspace", "a.txt", false],
  ["first:", "first", "workspace", "", true],
  ["first:/configs/x/y/", "first", "configs", "x/y", true],
  ["first:/workspace", "first", "workspace", "", false],
  ["two words:./a//b", "two words", "workspace", "a/b", false],
])("%s is in a workspace", (text, workspace, root, path, isFolder) => {
  expect(placeOf(text)).toEqual({ kind: "remote", workspace, root, path, isFolder });
});

test.each(["a.txt", "./a:b", "/tmp/a:b", ":a"])("%s is on this machine", (path) => {
  expect(placeOf(path)).toEqual({ kind: "local", path });
});

test.each(["first:/etc/passwd", "first:../x", "first:/workspace/../x"])("%s is refused", (text) => {
  expect(() => placeOf(text)).toThrow();
});
