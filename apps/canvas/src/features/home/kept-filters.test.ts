import { describe, expect, test } from "vitest";
import { LIST_DEFAULTS, type ListState } from "#shared/url/list-state.ts";
import { keptAs, listOf, readKept, withFilter, withoutFilter } from "./kept-filters.ts";

const broken: ListState = { ...LIST_DEFAULTS, statuses: ["offline", "failed"], backend: "docker", isDescending: true };

describe("saved filters", () => {
  test("restore the list, including its order", () => {
    const kept = withFilter([], "Broken", broken);
    expect(kept[0] && listOf(kept[0])).toEqual(broken);
    expect(keptAs(kept, broken)?.name).toBe("Broken");
    expect(keptAs(kept, LIST_DEFAULTS)).toBeUndefined();
  });

  test("have unique names and are sorted by name", () => {
    const kept = withFilter(withFilter(withFilter([], "b", broken), "a", LIST_DEFAULTS), "b", LIST_DEFAULTS);
    expect(kept).toEqual([
      { name: "a", query: "" },
      { name: "b", query: "" },
    ]);
    expect(withoutFilter(kept, "a").map(({ name }) => name)).toEqual(["b"]);
  });

  test("ignore malformed storage", () => {
    expect(readKept([{ name: "a", query: "q=1" }, null, 7, { name: 1 }])).toEqual([{ name: "a", query: "q=1" }]);
    expect(readKept("x")).toBeUndefined();
  });
});
