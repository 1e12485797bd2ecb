import type { SearchMatch } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { namePattern, partsAround, rowsOf, withFound } from "./found-files.ts";

const match = (path: string, line: number | null = null): SearchMatch => ({
  path,
  kind: "file",
  line,
  text: line === null ? null : `line ${line}`,
});

describe("search results", () => {
  test("have one entry per file, name matches first", () => {
    const first = withFound(new Map(), [match("/a", 3), match("/b", 1)]);
    const all = withFound(first, [match("/a", 9), match("/b"), match("/c")]);
    expect(rowsOf(all).map((row) => (row.kind === "file" ? row.path : row.line))).toEqual(["/b", 1, "/c", "/a", 3, 9]);
    expect(first.get("/a")?.lines).toHaveLength(1);
  });

  test("have the same order whichever search responds first", () => {
    const names = [match("/docs/b"), match("/src/a")];
    const lines = [match("/other", 2), match("/src/a", 7)];
    const [one, other] = [
      [names, lines],
      [lines, names],
    ].map((found) => rowsOf(found.reduce(withFound, new Map())));
    expect(one).toEqual(other);
    expect(one?.map(({ path }) => path)).toEqual(["/docs/b", "/src/a", "/src/a", "/other", "/other"]);
  });

  test.each([
    ["main", "*main*"],
    ["*.ts", "*.ts"],
    ["src/ma", "**/*src/ma*"],
    ["/src/ma", "**/*src/ma*"],
  ])("%s searches for names like %s", (typed, pattern) => expect(namePattern(typed)).toBe(pattern));

  test("split a line around its match, ignoring case", () => {
    expect(partsAround("    const Answer = 42;", "answer")).toEqual(["const ", "Answer", " = 42;"]);
    expect(partsAround("cut off", "elsewhere")).toEqual(["cut off", "", ""]);
  });
});
