import { describe, expect, test } from "vitest";
import { describeOutcomes, notRun, outcome } from "./test-outcome.ts";

describe("the summary of a test run", () => {
  test("the last line contains only the totals", () => {
    const text = describeOutcomes([
      outcome("unit", { passed: 40, seconds: 3 }),
      outcome("integration", { passed: 2, failed: 1, notes: ["Failed: keeps data (db.test.ts)"] }),
      notRun("docker", "no engine is reachable.", false),
    ]);
    expect(text.split("\n").at(-1)).toBe("42 passed, 1 failed, 1 skipped");
    expect(text).toContain("integration: Failed: keeps data (db.test.ts)");
    expect(text).toContain("docker: Skipped: no engine is reachable.");
  });

  test("the slowest files of all parts are listed, longest first", () => {
    const file = (name: string, seconds: number) => ({ file: name, seconds });
    const text = describeOutcomes([
      outcome("unit", { files: Array.from({ length: 30 }, (_, at) => file(`${at}.test.ts`, at / 10)) }),
      outcome("e2e", { files: [file("specs/map.spec.ts", 70)] }),
    ]);
    const listed = [...text.matchAll(/^ +(\d+) s {2}(\S+)$/gm)].map(([, , name]) => name);
    expect(listed).toHaveLength(20);
    expect(listed.slice(0, 2)).toEqual(["specs/map.spec.ts", "29.test.ts"]);
  });

  test("a required part that could not run counts as failed", () => {
    expect(notRun("docker", "no engine is reachable.", true)).toMatchObject({ failed: 1, skipped: 0 });
  });
});
