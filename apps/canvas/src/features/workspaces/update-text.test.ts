import { expect, test } from "vitest";
import { describeUpdate, valuesBefore } from "./update-text.ts";

const card = { name: "api", role: null, parentId: "lead", position: { x: 1, y: 2 }, collapsed: false };

test("an undo writes exactly the replaced values, including no team", () => {
  expect(valuesBefore(card, { name: "web" })).toEqual({ name: "api" });
  expect(valuesBefore({ ...card, parentId: null }, { parentId: "x", position: { x: 9, y: 9 } })).toEqual({
    parentId: null,
    position: { x: 1, y: 2 },
  });
  expect(valuesBefore(card, { collapsed: true, role: "r" })).toEqual({ collapsed: false, role: null });
});

test("describes the change", () => {
  expect(describeUpdate("web", { name: "web" }, { name: "api" })).toBe("rename of api to web");
  expect(describeUpdate("lead", { collapsed: true }, { collapsed: false })).toBe("hiding the team of lead");
  expect(describeUpdate("api", { parentId: null }, { parentId: "lead" })).toBe("move of api to another team");
});
