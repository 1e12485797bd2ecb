import { readFileSync } from "node:fs";
import { DATA_PERSISTENCE, type DataPersistence, type Fate, SURVIVAL_VERBS, whatSurvives } from "@berth/domain";
import { expect, test } from "vitest";

const PAGE = new URL("../../../docs/what-survives-what.md", import.meta.url);

const TITLES: Record<DataPersistence, string> = {
  persist: "Always keep (`persist`)",
  auto: "Auto (`auto`)",
  ephemeral: "Don't keep (`ephemeral`)",
};

const WORDS: Record<Fate, string> = {
  kept: "kept",
  new_and_empty: "new and empty",
  refused_unless_forced: "refused unless forced",
  retained: "retained until a person decides",
  grace: "retained for the grace time, then erased, with a receipt",
  gone: "gone",
  erased: "erased, with a receipt",
  wiped: "wiped",
  restored: "restored",
};

const row = (title: string, fates: Fate[]): string => `| ${[title, ...fates.map((fate) => WORDS[fate])].join(" | ")} |`;

test("docs/what-survives-what.md matches the function", () => {
  const expected = [
    ...(["persist", "auto", "ephemeral"] as const).map((setting) =>
      row(
        TITLES[setting],
        SURVIVAL_VERBS.map((verb) => whatSurvives(setting, false, verb).data),
      ),
    ),
    row(
      "$HOME",
      SURVIVAL_VERBS.map((verb) => whatSurvives("persist", false, verb).home),
    ),
  ];
  const [, table = ""] = readFileSync(PAGE, "utf8").split(/<!-- \/?table -->/);
  expect(table.trim().split("\n").slice(2)).toEqual(expected);
  expect(Object.keys(TITLES).sort()).toEqual([...DATA_PERSISTENCE].sort());
});
