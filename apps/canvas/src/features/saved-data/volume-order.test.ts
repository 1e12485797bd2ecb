import { expect, test } from "vitest";
import { orderVolumes } from "./volume-order.ts";

test("what goes away soonest stands first, receipts last", () => {
  const volume = (state: "retained" | "attached" | "erased", retainedUntil: string | null, createdAt: string) => ({
    state,
    retainedUntil,
    createdAt,
  });
  const soon = volume("retained", "2026-01-02", "1");
  const late = volume("retained", "2026-01-09", "2");
  const never = volume("retained", null, "3");
  const old = volume("attached", null, "1");
  const young = volume("attached", null, "2");
  const erased = volume("erased", null, "9");
  expect(orderVolumes([erased, old, never, late, young, soon])).toEqual([soon, late, never, young, old, erased]);
});
