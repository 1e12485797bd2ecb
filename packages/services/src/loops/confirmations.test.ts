import { expect, test } from "vitest";
import { Confirmations } from "./confirmations.ts";

test("three looks in a row and the age are both needed", () => {
  const confirmations = new Confirmations(60);
  expect(confirmations.confirm(["a"], 0)).toEqual([]);
  expect(confirmations.confirm(["a", "b"], 30_000)).toEqual([]);
  expect(confirmations.confirm(["a", "b"], 59_999)).toEqual([]);
  expect(confirmations.confirm(["a", "b"], 60_000)).toEqual(["a"]);
  expect(confirmations.confirm(["a", "b"], 90_000)).toEqual(["a", "b"]);
});

test("one look without it begins anew", () => {
  const confirmations = new Confirmations(0);
  confirmations.confirm(["a"], 0);
  confirmations.confirm(["a"], 1);
  expect(confirmations.confirm([], 2)).toEqual([]);
  expect(confirmations.confirm(["a"], 3)).toEqual([]);
  expect(confirmations.confirm(["a"], 4)).toEqual([]);
  expect(confirmations.confirm(["a"], 5)).toEqual(["a"]);
});

test("what is named twice in one look was seen once", () => {
  const confirmations = new Confirmations(0);
  confirmations.confirm(["a", "a", "a"], 0);
  expect(confirmations.confirm(["a", "a"], 1)).toEqual([]);
});
