import { expect, test } from "vitest";
import { editsOf, withoutSaved } from "./edits.ts";

test("what is typed while a save is on its way is not lost with it", () => {
  const sent: { name?: string; role?: string; tier?: string } = { name: "a", role: "x" };
  expect(withoutSaved({ ...sent, role: "x, y", tier: "2" }, sent)).toEqual({ role: "x, y", tier: "2" });
  expect(withoutSaved({ ...sent }, sent)).toEqual({});
});

test("of stored edits only what the form knows comes back, in the kind it has", () => {
  const saved = { name: "a", isOn: false };
  expect(editsOf({ name: "b", isOn: true }, saved)).toEqual({ name: "b", isOn: true });
  expect(editsOf({ name: 7, isOn: "yes", colour: "red", toString: "x" }, saved)).toEqual({});
  for (const broken of [null, "text", 4, [], undefined]) expect(editsOf(broken, saved)).toEqual({});
});
