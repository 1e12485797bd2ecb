import type { CanvasNode, Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { LIST_DEFAULTS } from "#shared/url/list-state.ts";
import { filterRows, type Row, sortRows, statusCounts } from "./rows.ts";

const row = (name: string, node: Partial<CanvasNode> = {}, sizeBytes: number | null = null): Row => ({
  node: { id: name, name, role: null, status: "online", backend: "docker", tier: 2, ...node } as CanvasNode,
  details: { volume: { sizeBytes } } as Workspace,
});
const ROWS = [
  row("api 10", { status: "paused", role: "Serves people" }, 5),
  row("api 9", { status: "failed" }, 50),
  row("Web", { backend: "local" }),
  row("batch", { status: "offline" }, 500),
];
const namesOf = (rows: readonly Row[]) => rows.map(({ node }) => node.name);

describe("the list's filters", () => {
  test("find words in name and role, in any order", () => {
    expect(namesOf(filterRows(ROWS, { ...LIST_DEFAULTS, search: "people API" }))).toEqual(["api 10"]);
    expect(namesOf(filterRows(ROWS, { ...LIST_DEFAULTS, search: " " }))).toHaveLength(4);
  });

  test("apply together", () => {
    expect(namesOf(filterRows(ROWS, { ...LIST_DEFAULTS, statuses: ["failed", "offline"] }))).toEqual([
      "api 9",
      "batch",
    ]);
    expect(namesOf(filterRows(ROWS, { ...LIST_DEFAULTS, backend: "local", statuses: ["failed"] }))).toEqual([]);
  });
});

describe("the list's order", () => {
  test("compares numbers in names as numbers, and ignores case", () => {
    expect(namesOf(sortRows(ROWS, { sort: "name", isDescending: false }))).toEqual(["api 9", "api 10", "batch", "Web"]);
    expect(namesOf(sortRows(ROWS, { sort: "name", isDescending: true }))[0]).toBe("Web");
  });

  test("puts failures first, and unknown values last in both directions", () => {
    expect(namesOf(sortRows(ROWS, { sort: "status", isDescending: false }))).toEqual([
      "api 9",
      "batch",
      "Web",
      "api 10",
    ]);
    expect(namesOf(sortRows(ROWS, { sort: "size", isDescending: false }))).toEqual(["api 10", "api 9", "batch", "Web"]);
    expect(namesOf(sortRows(ROWS, { sort: "size", isDescending: true }))).toEqual(["batch", "api 9", "api 10", "Web"]);
  });
});

test("statuses are counted in order of urgency", () => {
  expect(statusCounts(ROWS).map(({ status, amount }) => [status, amount])).toEqual([
    ["failed", 1],
    ["offline", 1],
    ["online", 1],
    ["paused", 1],
  ]);
});
