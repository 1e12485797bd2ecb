import { expect, test } from "vitest";
import { moveText } from "./use-undoable-move.ts";

test.each([
  ["/a/one.txt", "/a/two.txt", "one.txt renamed to two.txt."],
  ["/a/one.txt", "/b/one.txt", "one.txt moved to /b/one.txt."],
  ["/one.txt", "/b/two.txt", "one.txt moved to /b/two.txt."],
])("%s to %s reads: %s", (from, to, text) => {
  expect(moveText(from, to)).toBe(text);
});
