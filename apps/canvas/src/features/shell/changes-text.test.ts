import type { CanvasNode } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { describeChanges } from "./changes-text.ts";

const node = (id: string, change: Partial<CanvasNode> = {}): CanvasNode =>
  ({
    id,
    name: id,
    status: "online",
    parentId: null,
    restartRequired: false,
    collapsed: false,
    ...change,
  }) as CanvasNode;

describe("announced changes", () => {
  test.each([
    ["a status", [node("a")], [node("a", { status: "failed" })], "a: Failed"],
    ["a name", [node("a")], [node("a", { name: "b" })], "a renamed to b"],
    ["a team", [node("a"), node("b")], [node("a"), node("b", { parentId: "a" })], "b moved into the team of a"],
    ["no team", [node("b", { parentId: "a" })], [node("b")], "b left its team"],
    ["a new one", [], [node("a", { status: "provisioning" })], "a created: Starting"],
    ["one that left", [node("a")], [], "a deleted"],
    ["a restart that is due", [node("a")], [node("a", { restartRequired: true })], "a: restart required"],
    ["a team that is hidden", [node("a")], [node("a", { collapsed: true })], "The team of a is hidden"],
    ["a team that is shown again", [node("a", { collapsed: true })], [node("a")], "The team of a is shown"],
    ["nothing", [node("a")], [node("a", { currentTask: "reads" })], ""],
  ])("%s", (_what, before, after, words) => expect(describeChanges(before, after)).toBe(words));

  test("are counted when there are many", () => {
    const before = ["a", "b", "c", "d", "e"].map((id) => node(id));
    const after = before.map((one) => ({ ...one, status: "paused" as const }));
    expect(describeChanges(before, after)).toBe("a: Paused, b: Paused, c: Paused and 2 more");
  });
});
