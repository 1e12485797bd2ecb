import { LIMITS, workspaceNameSchema } from "@berth/domain";
import { expect, test } from "vitest";
import { freeName } from "./free-name.ts";

test.each([
  ["api", ["api"], "api 2"],
  ["api", ["api", "api 2", "api 4"], "api 3"],
  ["api 2", ["api", "api 2"], "api 3"],
  ["api", [], "api 2"],
  ["2026", ["2026"], "2026 2"],
  // Looks the same, so the server treats it as the same name.
  ["api", ["api", "api\u200b 2"], "api 3"],
])("proposes a free name instead of %j beside %j", (wanted, taken, free) => {
  expect(freeName(wanted, taken)).toBe(free);
});

test("proposes a name within the length limit, without splitting a character", () => {
  const longest = "🚢".repeat(LIMITS.workspaceNameCharsMax / 2);
  const free = freeName(longest, [longest]);
  expect(workspaceNameSchema.parse(free)).toBe(free);
  expect(free).toBe(`${"🚢".repeat(LIMITS.workspaceNameCharsMax / 2 - 1)} 2`);
});
