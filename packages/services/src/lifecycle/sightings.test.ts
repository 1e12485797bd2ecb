import { expect, test } from "vitest";
import { Sightings } from "./sightings.ts";

test("three looks in a row and the age are both needed", () => {
  const sightings = new Sightings(60);
  expect(sightings.note(["a"], 0)).toEqual([]);
  expect(sightings.note(["a", "b"], 30_000)).toEqual([]);
  expect(sightings.note(["a", "b"], 59_999)).toEqual([]);
  expect(sightings.note(["a", "b"], 60_000)).toEqual(["a"]);
  expect(sightings.note(["a", "b"], 90_000)).toEqual(["a", "b"]);
});

test("one look without it begins anew", () => {
  const sightings = new Sightings(0);
  sightings.note(["a"], 0);
  sightings.note(["a"], 1);
  expect(sightings.note([], 2)).toEqual([]);
  expect(sightings.note(["a"], 3)).toEqual([]);
  expect(sightings.note(["a"], 4)).toEqual([]);
  expect(sightings.note(["a"], 5)).toEqual(["a"]);
});

test("what is named twice in one look was seen once", () => {
  const sightings = new Sightings(0);
  sightings.note(["a", "a", "a"], 0);
  expect(sightings.note(["a", "a"], 1)).toEqual([]);
});
