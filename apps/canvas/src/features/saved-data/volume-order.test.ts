import { expect, test } from "vitest";
import { orderVolumes } from "./volume-order.ts";

test("the soonest deadline comes first, receipts last", () => {
  const volume = (state: "retained" | "attached" | "erased", retainedUntil: string | null, createdAt: string) => ({
    state,
    retainedUntil,
    createdAt,
    missingSince: null,
    heldBecause: null,
  });
  const soon = volume("retained", "2026-01-02", "1");
  const late = volume("retained", "2026-01-09", "2");
  const never = volume("retained", null, "3");
  const old = volume("attached", null, "1");
  const young = volume("attached", null, "2");
  const erased = volume("erased", null, "9");
  const missing = { ...old, missingSince: "2026-01-01" };
  const held = { ...late, heldBecause: "why" };
  expect(orderVolumes([erased, old, never, missing, late, young, held, soon])).toEqual([
    ...[held, missing, soon, late, never, young, old, erased],
  ]);
});
