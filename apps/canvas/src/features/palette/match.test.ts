import { describe, expect, test } from "vitest";
import { bestMatches, matchScore } from "./match.ts";

const entries = ["Restart api", "Settings", "api", "api-gateway", "nightly api", "researcher"].map((label) => ({
  label,
}));
const found = (typed: string) => bestMatches(typed, entries).map(({ label }) => label);

describe("palette matches", () => {
  test("put texts that start with the input first, then words, shorter ones first", () => {
    expect(found("api")).toEqual(["api", "api-gateway", "Restart api", "nightly api"]);
  });

  test("need every word, in any order", () => expect(found("api rest")).toEqual(["Restart api"]));

  test("allow missing letters", () => expect(found("rsrchr")).toEqual(["researcher"]));

  test("include everything without input, in the given order", () => expect(found(" ")).toHaveLength(6));

  test("are empty when nothing matches", () => {
    expect(found("zzz")).toEqual([]);
    expect(matchScore("q", "api")).toBe(0);
  });

  test("include hints, after names", () => {
    const hinted = [{ label: "worker", hint: "reads papers" }, { label: "papers" }];
    expect(bestMatches("papers", hinted).map(({ label }) => label)).toEqual(["papers", "worker"]);
  });
});
