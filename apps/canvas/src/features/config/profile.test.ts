import { describe, expect, test } from "vitest";
import { possibleParents } from "./parents.ts";
import { changesBetween, inputsFor, needRestart, type Profile } from "./profile.ts";

const id = "00000000-0000-4000-8000-000000000001";
const parentId = "00000000-0000-4000-8000-000000000002";
const saved: Profile = { name: "a", role: "", parentId: "", runtime: "shell", model: "sonnet", tier: "3" };
const changes = (draft: Partial<Profile>) => changesBetween(saved, { ...saved, ...draft }, () => "lead");

describe("the configuration of a workspace", () => {
  test("lists old and new values as text", () => {
    const found = changes({ role: "Reads", parentId, runtime: "claude-code" });
    expect(found.map(({ label, before, after }) => [label, before, after])).toEqual([
      ["Role", "none", "Reads"],
      ["Team", "no team", "lead"],
      ["Runtime", "Shell", "Claude Code"],
    ]);
  });

  test("reports whether a restart is required", () => {
    expect(needRestart(changes({ name: "b", role: "x", parentId }))).toBe(false);
    expect(needRestart(changes({ model: "opus" }))).toBe(true);
  });

  test("sends only changes, and only the requests they need", () => {
    expect(inputsFor(id, saved, { ...saved, role: " Reads ", parentId })).toEqual({
      update: { id, role: "Reads", parentId },
      configure: null,
      errors: {},
    });
    expect(inputsFor(id, { ...saved, role: "x", parentId }, { ...saved, tier: "2" })).toEqual({
      update: { id, role: null, parentId: null },
      configure: { id, tier: 2 },
      errors: {},
    });
    expect(inputsFor(id, saved, { ...saved, name: " a " })).toEqual({ update: null, configure: null, errors: {} });
  });

  test("shows an invalid value beside its field, and sends nothing", () => {
    const { update, configure, errors } = inputsFor(id, saved, { ...saved, name: "", model: " ", tier: "2" });
    expect([update, configure, Object.keys(errors).toSorted()]).toEqual([null, null, ["model", "name"]]);
  });
});

test("a workspace can belong to any other, but not to itself or a descendant", () => {
  const nodes = [
    { id: "lead", name: "lead", parentId: null },
    { id: "me", name: "me", parentId: "lead" },
    { id: "mine", name: "mine", parentId: "me" },
    { id: "deep", name: "deep", parentId: "mine" },
    { id: "peer", name: "peer", parentId: "lead" },
  ];
  expect(possibleParents(nodes, "me").map(({ label }) => label)).toEqual(["lead", "lead / peer"]);
});
