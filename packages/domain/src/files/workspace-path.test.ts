import { describe, expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { FILE_ROOTS } from "./roots.ts";
import { formatWorkspacePath, parseWorkspacePath } from "./workspace-path.ts";

const problemOf = (parse: () => unknown) => {
  try {
    parse();
  } catch (error) {
    if (error instanceof DomainError) return error.problem;
    throw error;
  }
  return null;
};

const SAME: [string, string][] = [
  ["", "/"],
  ["/", "/"],
  ["///", "/"],
  [".", "/"],
  ["./", "/"],
  ["a", "/a"],
  ["/a", "/a"],
  ["a/", "/a"],
  ["/a//b/", "/a/b"],
  ["/a/./b", "/a/b"],
  ["././a", "/a"],
  // These look special but are ordinary names.
  ["...", "/..."],
  ["a/..b/c..", "/a/..b/c.."],
  ["~", "/~"],
  ["%2e%2e/%2f", "/%2e%2e/%2f"],
  ["a\\..\\b", "/a\\..\\b"],
  ["C:\\x", "/C:\\x"],
  ["-rf *", "/-rf *"],
  ["new\nline\tand \u00e4\u{1f600}", "/new\nline\tand \u00e4\u{1f600}"],
  ["$(id)`id`;'\"", "/$(id)`id`;'\""],
  ["a/.berth-daemon/b", "/a/.berth-daemon/b"],
  [".berth", "/.berth"],
  [".berthed", "/.berthed"],
  ["__proto__/constructor", "/__proto__/constructor"],
];

const REFUSED: [string, string][] = [
  ["..", "contain"],
  ["/..", "contain"],
  ["a/../b", "contain"],
  ["a/..", "contain"],
  ["../../etc/passwd", "contain"],
  ["./../a", "contain"],
  ["a//..//b", "contain"],
  ["a\0", "NUL"],
  ["a/\0b/c", "NUL"],
  ["a\ud800", "surrogate"],
  ["a/\udfffb/c", "surrogate"],
  [".berth-daemon", "reserved"],
  [".berth-daemon-9", "reserved"],
  ["/.berth-daemon/uploads", "reserved"],
  ["./.berth-daemon", "reserved"],
  ["x".repeat(256), "255 bytes"],
  ["\u00e9".repeat(128), "255 bytes"],
  ["\u{1f600}".repeat(64), "255 bytes"],
  [`a/${"x".repeat(256)}/b`, "255 bytes"],
  ["a/".repeat(LIMITS.filePathCharsMax), "characters"],
];

describe("workspace path", () => {
  test.each(SAME)("%j is parsed as %j", (written, place) => {
    const parsed = parseWorkspacePath("/workspace", written);
    expect(formatWorkspacePath(parsed)).toBe(place);
    expect(parseWorkspacePath("/workspace", formatWorkspacePath(parsed))).toEqual(parsed);
  });

  test.each(REFUSED)("%j is rejected", (written, because) => {
    const problem = problemOf(() => parseWorkspacePath("/workspace", written));
    expect(problem).toMatchObject({ code: "path_not_allowed", retryable: false });
    expect(problem?.message).toContain(because);
  });

  test("a name of exactly 255 bytes is accepted", () => {
    for (const name of ["x".repeat(255), `x${"\u00e9".repeat(127)}`, `abc${"\u{1f600}".repeat(63)}`]) {
      expect(parseWorkspacePath("/configs", name).segments).toEqual([name]);
    }
  });

  test("an error does not repeat a NUL, and names the limit", () => {
    expect(JSON.stringify(problemOf(() => parseWorkspacePath("/workspace", "a\0b")))).not.toContain("\\u0000");
    expect(problemOf(() => parseWorkspacePath("/workspace", "x".repeat(300)))?.details).toEqual({
      limit: "fileNameBytesMax",
    });
  });

  test("no combination of dots, slashes and letters leaves the root", () => {
    const pieces = [".", "..", "/", "a", "", "\0", ".berth-daemon", "b..", "//"];
    for (let number = 0; number < pieces.length ** 4; number += 1) {
      const written = [0, 1, 2, 3]
        .map((place) => pieces[Math.floor(number / pieces.length ** place) % pieces.length])
        .join("");
      const segments: string[] = [];
      // Rethrows other errors than a DomainError.
      problemOf(() => segments.push(...parseWorkspacePath("/workspace", written).segments));
      for (const segment of segments) {
        expect(["", ".", ".."], written).not.toContain(segment);
        expect(segment).not.toMatch(/[/\0]/);
      }
      expect(segments[0]).not.toBe(".berth-daemon");
    }
  });
});

describe("file root", () => {
  test.each(FILE_ROOTS)("%s is accepted", (root) => {
    expect(parseWorkspacePath(root, "a").root).toBe(root);
  });

  test.each(["workspace", "/workspace/", "/", "", "/etc", "/WORKSPACE", "__proto__"])("%j is rejected", (root) => {
    const problem = problemOf(() => parseWorkspacePath(root, "a"));
    expect(problem?.code).toBe("invalid_input");
    for (const known of FILE_ROOTS) expect(problem?.message).toContain(known);
  });
});
