import { beforeEach, describe, expect, test } from "vitest";
import { clearSelection, select, selectedIds, toggleSelected, useSelectionStore } from "./selection-store.ts";

beforeEach(clearSelection);

/** The selections that subscribers received while `change` ran. */
function changesDuring(change: () => void): string[][] {
  const changes: string[][] = [];
  const stop = useSelectionStore.subscribe(({ ids }) => changes.push([...ids]));
  change();
  stop();
  return changes;
}

describe("the selection", () => {
  test("toggles one workspace and keeps the others", () => {
    select(["a", "b"]);
    toggleSelected("b");
    toggleSelected("c");
    expect([...selectedIds()]).toEqual(["a", "c"]);
  });

  test("notifies subscribers once per change", () => {
    expect(changesDuring(() => select(["a", "b"]))).toEqual([["a", "b"]]);
  });

  test("does not notify subscribers when the same workspaces are selected again", () => {
    select(["a", "b"]);
    expect(changesDuring(() => select(["b", "a"]))).toEqual([]);
  });

  test("does not notify subscribers when an empty selection is cleared", () => {
    expect(changesDuring(clearSelection)).toEqual([]);
  });
});
