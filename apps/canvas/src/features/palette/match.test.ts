import { describe, expect, test } from "vitest";
import { bestMatches, matchScore } from "./match.ts";

const entries = ["Restart api", "Settings", "api", "api-gateway", "nightly api", "researcher"].map((label) => ({
  label,
}));
const found = (typed: string) => bestMatches(typed, entries).map(({ label }) => label);

describe("what was meant", () => {
  test("begins as typed, then has a word that does, the shorter first", () => {
    expect(found("api")).toEqual(["api", "api-gateway", "Restart api", "nightly api"]);
  });

  test("holds every word, in any order", () => expect(found("api rest")).toEqual(["Restart api"]));

  test("may leave letters out", () => expect(found("rsrchr")).toEqual(["researcher"]));

  test("is everything while nothing is typed, in the order given", () => expect(found(" ")).toHaveLength(6));

  test("is nothing when nothing fits", () => {
    expect(found("zzz")).toEqual([]);
    expect(matchScore("q", "api")).toBe(0);
  });

  test("is found by its hint too, after those found by name", () => {
    const hinted = [{ label: "worker", hint: "reads papers" }, { label: "papers" }];
    expect(bestMatches("papers", hinted).map(({ label }) => label)).toEqual(["papers", "worker"]);
  });
});
