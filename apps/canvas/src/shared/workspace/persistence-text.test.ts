import { DATA_PERSISTENCE } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { changeOfPersistence, persistenceOptions } from "./persistence-text.ts";

describe("Saved data", () => {
  test("each choice explains its effect, with the grace time of this server", () => {
    const options = persistenceOptions(24);
    expect(options.map((option) => option.title)).toEqual(["Auto", "Always keep", "Don’t keep"]);
    expect(options[0]?.text).toContain("24 hours");
  });

  test("every change says what happens to the data, and that nothing is erased", () => {
    for (const from of DATA_PERSISTENCE) {
      for (const to of DATA_PERSISTENCE) expect(changeOfPersistence(from, to, true) === null).toBe(from === to);
    }
    expect(changeOfPersistence("auto", "ephemeral", true)).toContain("not erased");
    expect(changeOfPersistence("ephemeral", "persist", false)).toContain("copied");
  });
});
