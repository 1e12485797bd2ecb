import { describe, expect, test } from "vitest";
import { contentRange, nextPart, targetOf } from "./plan.ts";

describe("an upload in parts", () => {
  test("covers every byte exactly once, for every size", () => {
    for (const size of [1, 9, 10, 11, 35]) {
      let offset = 0;
      for (let part = nextPart(size, 0, 10); part; part = nextPart(size, offset, 10)) {
        expect(part.start).toBe(offset);
        expect(part.end - part.start).toBeLessThanOrEqual(10);
        offset = part.end;
      }
      expect(offset).toBe(size);
    }
  });

  test("resumes after the bytes that have arrived", () => {
    expect(nextPart(35, 17, 10)).toEqual({ start: 17, end: 27 });
    expect(contentRange({ start: 17, end: 27 }, 35)).toBe("bytes 17-26/35");
  });
});

test("a dropped folder keeps its structure below the target", () => {
  expect(targetOf("/", "a.txt")).toBe("/a.txt");
  expect(targetOf("/in", "project/src/main.ts")).toBe("/in/project/src/main.ts");
});
