import { expect, test } from "vitest";
import { editsOf, withoutSaved } from "./edits.ts";

test("edits made during a save are kept", () => {
  const sent: { name?: string; role?: string; tier?: string } = { name: "a", role: "x" };
  expect(withoutSaved({ ...sent, role: "x, y", tier: "2" }, sent)).toEqual({ role: "x, y", tier: "2" });
  expect(withoutSaved({ ...sent }, sent)).toEqual({});
});

test("stored edits are restored only for known fields of the right type", () => {
  const saved = { name: "a", isOn: false };
  expect(editsOf({ name: "b", isOn: true }, saved)).toEqual({ name: "b", isOn: true });
  expect(editsOf({ name: 7, isOn: "yes", colour: "red", toString: "x" }, saved)).toEqual({});
  for (const broken of [null, "text", 4, [], undefined]) expect(editsOf(broken, saved)).toEqual({});
});
