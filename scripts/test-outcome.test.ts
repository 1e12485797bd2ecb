import { describe, expect, test } from "vitest";
import { describeOutcomes, notRun, outcome } from "./test-outcome.ts";

describe("the summary of a test run", () => {
  test("the last line contains only the totals", () => {
    const text = describeOutcomes([
      outcome("unit", { passed: 40, seconds: 3 }),
      outcome("integration", { passed: 2, failed: 1, notes: ["Failed: keeps data (db.test.ts)"] }),
      notRun("docker", "no engine answers.", false),
    ]);
    expect(text.split("\n").at(-1)).toBe("42 passed, 1 failed, 1 skipped");
    expect(text).toContain("integration: Failed: keeps data (db.test.ts)");
    expect(text).toContain("docker: Skipped: no engine answers.");
  });

  test("a required part that could not run counts as failed", () => {
    expect(notRun("docker", "no engine answers.", true)).toMatchObject({ failed: 1, skipped: 0 });
  });
});
