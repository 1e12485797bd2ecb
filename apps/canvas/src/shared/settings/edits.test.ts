import { expect, test } from "vitest";
import { withoutSaved } from "./edits.ts";

test("what is typed while a save is on its way is not lost with it", () => {
  const sent: { name?: string; role?: string; tier?: string } = { name: "a", role: "x" };
  expect(withoutSaved({ ...sent, role: "x, y", tier: "2" }, sent)).toEqual({ role: "x, y", tier: "2" });
  expect(withoutSaved({ ...sent }, sent)).toEqual({});
});
