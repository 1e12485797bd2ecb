import { expect, test } from "vitest";
import { Confirmations } from "./confirmations.ts";

test("confirms a finding only after three checks in a row and the minimum age", () => {
  const confirmations = new Confirmations(60);
  expect(confirmations.confirm(["a"], 0)).toEqual([]);
  expect(confirmations.confirm(["a", "b"], 30_000)).toEqual([]);
  expect(confirmations.confirm(["a", "b"], 59_999)).toEqual([]);
  expect(confirmations.confirm(["a", "b"], 60_000)).toEqual(["a"]);
  expect(confirmations.confirm(["a", "b"], 90_000)).toEqual(["a", "b"]);
});

test("starts over when one check does not find it", () => {
  const confirmations = new Confirmations(0);
  confirmations.confirm(["a"], 0);
  confirmations.confirm(["a"], 1);
  expect(confirmations.confirm([], 2)).toEqual([]);
  expect(confirmations.confirm(["a"], 3)).toEqual([]);
  expect(confirmations.confirm(["a"], 4)).toEqual([]);
  expect(confirmations.confirm(["a"], 5)).toEqual(["a"]);
});

test("counts an id once per check when it is listed twice", () => {
  const confirmations = new Confirmations(0);
  confirmations.confirm(["a", "a", "a"], 0);
  expect(confirmations.confirm(["a", "a"], 1)).toEqual([]);
});
