import { describe, expect, test } from "vitest";
import { parseTable } from "./parse-table.ts";

describe("a table", () => {
  test.each([
    ["commas", "a,b\n1,2\n", "x.csv"],
    ["semicolons", "a;b\n1;2\n", "x.csv"],
    ["tabs", "a\tb\n1\t2\n", "x.tsv"],
    ["a byte order mark and Windows lines", "\ufeffa,b\r\n1,2\r\n", "x.csv"],
  ])("is read with %s", (_what, text, name) =>
    expect(parseTable(text, name)).toEqual({ header: ["a", "b"], rows: [["1", "2"]], problem: null }),
  );

  test("keeps quoted values together, and commas in tab-separated values", () => {
    expect(parseTable('a,b\n"one, two","line\nline ""x"""\n', "x.csv").rows).toEqual([["one, two", 'line\nline "x"']]);
    expect(parseTable("a\tb\n1,5\t2\n", "x.tsv").rows).toEqual([["1,5", "2"]]);
  });

  test("pads short rows, and accepts a single column and an empty text", () => {
    expect(parseTable("a,b,c\n1\n", "x.csv").rows).toEqual([["1", "", ""]]);
    expect(parseTable("a\n1\n", "x.csv")).toEqual({ header: ["a"], rows: [["1"]], problem: null });
    expect(parseTable("", "x.csv")).toEqual({ header: [], rows: [], problem: null });
  });

  test("reports malformed input, and shows the rest", () => {
    const { rows, problem } = parseTable('a,b\n"1,2\n', "x.csv");
    expect(rows).toHaveLength(1);
    expect(problem).toMatch(/^Row 2 is not well formed/);
  });
});
