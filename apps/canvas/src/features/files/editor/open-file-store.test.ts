import { expect, test } from "vitest";
import { tabAfterClosing } from "./open-file-store.ts";

test("closing a tab selects its right neighbour, then its left one, then none", () => {
  const [a, b] = [
    { root: "/workspace" as const, path: "/a" },
    { root: "/configs" as const, path: "/a" },
  ];
  expect(tabAfterClosing([a, b], a)).toBe(b);
  expect(tabAfterClosing([a, b], b)).toBe(a);
  expect(tabAfterClosing([a], a)).toBeNull();
});
