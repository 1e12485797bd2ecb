import { LIFECYCLE_VERBS } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { explainVerb, losesData } from "./verbs.ts";

const ephemeral = { dataPersistence: "ephemeral", homeSnapshot: false } as const;
const auto = { dataPersistence: "auto", homeSnapshot: false } as const;

describe("the text beside a verb", () => {
  test("says what survives, according to the domain's table", () => {
    expect(explainVerb("restart", auto)).toBe(
      "Replaces the machine with a new one. Saved data is kept; $HOME is wiped.",
    );
    expect(explainVerb("restart", ephemeral)).toContain("new and empty");
  });

  test.each(LIFECYCLE_VERBS)("%s is explained for every setting", (verb) => {
    for (const setting of [auto, ephemeral, { dataPersistence: "persist", homeSnapshot: true } as const]) {
      expect(explainVerb(verb, setting)).toMatch(/\.$/);
    }
  });
});

test("only verbs that lose data need a confirmation, and delete has its own dialog", () => {
  expect(LIFECYCLE_VERBS.filter((verb) => losesData(verb, ephemeral))).toEqual(["restart", "hibernate"]);
  expect(LIFECYCLE_VERBS.filter((verb) => losesData(verb, auto))).toEqual([]);
});
