import { describe, expect, test } from "vitest";
import {
  DATA_PERSISTENCE,
  type DataPersistence,
  describeSurvival,
  effectivePersistence,
  type Fate,
  fateOfDelete,
  SURVIVAL_VERBS,
  whatSurvives,
} from "./persistence.ts";

/** The table of the design document. Its columns are in the order of `SURVIVAL_VERBS`. */
const DATA: Record<DataPersistence, Fate[]> = {
  //         restart          pause   hibernate                machine lost     delete      delete + erase
  persist: ["kept", "kept", "kept", "kept", "retained", "erased"],
  auto: ["kept", "kept", "kept", "kept", "grace", "erased"],
  ephemeral: ["new_and_empty", "kept", "refused_unless_forced", "new_and_empty", "gone", "gone"],
};
const HOME: Record<"off" | "on", Fate[]> = {
  off: ["wiped", "kept", "wiped", "wiped", "gone", "gone"],
  on: ["restored", "kept", "restored", "restored", "retained", "erased"],
};

const cells = DATA_PERSISTENCE.flatMap((setting) =>
  SURVIVAL_VERBS.flatMap((verb, column) =>
    [false, true].map((snapshots) => ({
      setting,
      verb,
      snapshots,
      data: DATA[setting][column],
      home: HOME[snapshots ? "on" : "off"][column],
    })),
  ),
);

describe("what survives what", () => {
  test.each(cells)("$setting, $verb, home snapshots $snapshots: data $data, home $home", (cell) => {
    expect(whatSurvives(cell.setting, cell.snapshots, cell.verb)).toEqual({ data: cell.data, home: cell.home });
  });

  test("auto differs from persist only after a delete", () => {
    const differing = SURVIVAL_VERBS.filter(
      (verb) => whatSurvives("auto", false, verb).data !== whatSurvives("persist", false, verb).data,
    );
    expect(differing).toEqual(["delete"]);
  });

  test("every cell has a sentence", () => {
    for (const { setting, snapshots, verb } of cells) {
      const sentence = describeSurvival(whatSurvives(setting, snapshots, verb));
      expect(sentence).toMatch(/^Saved data .+; \$HOME .+\.$/);
      expect(sentence).not.toContain("undefined");
    }
  });
});

describe("the meaning of a setting", () => {
  test.each([
    { setting: "persist", mode: "persist", afterDelete: "retained", hours: null },
    { setting: "auto", mode: "persist", afterDelete: "grace", hours: 72 },
    { setting: "ephemeral", mode: "ephemeral", afterDelete: "gone", hours: null },
  ] as const)("$setting is $mode, and $afterDelete after a delete", ({ setting, mode, afterDelete, hours }) => {
    const meaning = effectivePersistence(setting, 72);
    expect(meaning).toEqual({ mode, afterDelete, graceHours: hours, why: expect.stringMatching(/\.$/) });
  });

  test.each([
    [1, "1 hour,"],
    [24, "24 hours,"],
    [48, "2 days,"],
    [72, "3 days,"],
    [73, "73 hours,"],
    [0.5, "0.5 hours,"],
  ])("formats %d hours for people", (hours, words) => {
    expect(effectivePersistence("auto", hours).why).toContain(`for ${words}`);
  });
});

describe("fate of a volume after a delete", () => {
  test.each([
    { setting: "persist", eraseData: false, fate: "retained" },
    { setting: "auto", eraseData: false, fate: "grace" },
    // Its setting was changed since its last start. That never erases and never starts a grace time.
    { setting: "ephemeral", eraseData: false, fate: "retained" },
    { setting: "persist", eraseData: true, fate: "erased" },
    { setting: "auto", eraseData: true, fate: "erased" },
    { setting: "ephemeral", eraseData: true, fate: "erased" },
  ] as const)("$setting, erase $eraseData: $fate", ({ setting, eraseData, fate }) => {
    expect(fateOfDelete(setting, true, eraseData)).toBe(fate);
  });

  test.each(DATA_PERSISTENCE)("%s without a volume is gone with its instance", (setting) => {
    expect(fateOfDelete(setting, false, false)).toBe("gone");
    expect(fateOfDelete(setting, false, true)).toBe("gone");
  });
});
