import { expect, test } from "vitest";
import { continuation } from "./log-continuation.ts";

test.each([
  ["", "one\n", "one\n", false],
  ["one\n", "one\n", "", false],
  ["one\n", "one\ntwo\n", "two\n", false],
  ["one\ntwo\n", "two\nthree\n", "two\nthree\n", true],
  [`${"x".repeat(3_000)}end\n`, `${"x".repeat(2_500)}end\nmore\n`, "more\n", false],
  ["old start\n", "new start\n", "new start\n", true],
])("of %j is found in a later end of the log", (before, now, fresh, hasGap) => {
  expect(continuation(before, now)).toEqual({ fresh, hasGap });
});
