import type { DomainError } from "@berth/domain";
import { expect, test } from "vitest";
import { checkConditions, isUnchanged, parseRange } from "./conditions.ts";

test.each([
  [undefined, "whole"],
  ["bytes=0-9", { start: 0, end: 10 }],
  ["bytes=5-5", { start: 5, end: 6 }],
  ["bytes=5-", { start: 5, end: 100 }],
  ["bytes=-5", { start: 95, end: 100 }],
  ["bytes=-500", { start: 0, end: 100 }],
  ["bytes=90-500", { start: 90, end: 100 }],
  ["bytes=100-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=9-5", "whole"],
  ["bytes=0-1,3-4", "whole"],
  ["bytes=-", "whole"],
  ["lines=0-1", "whole"],
  ["bytes=1x-2", "whole"],
])("the range %s of 100 bytes is %j", (header, expected) => {
  expect(parseRange(header, 100)).toEqual(expected);
});

test("every range of an empty file is unsatisfiable", () => {
  expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(parseRange("bytes=-1", 0)).toBe("unsatisfiable");
  expect(parseRange(undefined, 0)).toBe("whole");
});

test.each([
  [{ ifMatch: '"a"', ifNoneMatch: null }, '"a"', true],
  [{ ifMatch: '"b", "a"', ifNoneMatch: null }, '"a"', true],
  [{ ifMatch: "*", ifNoneMatch: null }, '"a"', true],
  [{ ifMatch: "*", ifNoneMatch: null }, null, false],
  [{ ifMatch: '"b"', ifNoneMatch: null }, '"a"', false],
  [{ ifMatch: '"a"', ifNoneMatch: null }, null, false],
  [{ ifMatch: null, ifNoneMatch: "*" }, null, true],
  [{ ifMatch: null, ifNoneMatch: "*" }, '"a"', false],
  [{ ifMatch: null, ifNoneMatch: null }, '"a"', true],
])("writing with %j over %s: %s", (conditions, actual, allowed) => {
  const codes: unknown[] = [];
  try {
    checkConditions(conditions, actual);
  } catch (error) {
    codes.push((error as DomainError).problem?.code ?? error);
  }
  expect(codes).toEqual(allowed ? [] : ["etag_mismatch"]);
});

test("a file is unchanged when If-None-Match contains its etag", () => {
  expect(isUnchanged('W/"a", "b"', '"a"')).toBe(true);
  expect(isUnchanged("*", '"a"')).toBe(true);
  expect(isUnchanged('"ab"', '"a"')).toBe(false);
  expect(isUnchanged(undefined, '"a"')).toBe(false);
});
