import { expect, test } from "vitest";
import { countTests } from "./vitest-part.ts";

const passed = { file: "a.test.ts", name: "adds", state: "passed", reason: null };
const failed = { file: "a.test.ts", name: "divides", state: "failed", reason: null };
const skipped = { file: "docker/b.test.ts", name: "runs", state: "skipped", reason: "no engine is reachable" };

test("counts passed, failed and skipped tests, with the reason of a skip", () => {
  const [whole, docker] = countTests(
    "integration",
    { files: [{ file: "a.test.ts", seconds: 2 }], tests: [passed, passed, failed, skipped], errors: [], running: [] },
    false,
  );
  expect(whole).toMatchObject({ passed: 2, failed: 1, skipped: 0, notes: ["Failed: divides (a.test.ts)"] });
  expect(whole?.files).toEqual([{ file: "a.test.ts", seconds: 2 }]);
  expect(docker).toMatchObject({ skipped: 1, notes: ["Skipped: runs (docker/b.test.ts): no engine is reachable"] });
});

test("counts tests that need Docker or EC2 instances separately", () => {
  const onEc2 = { ...passed, name: "a workspace on EC2 keeps its files" };
  const tests = [passed, { ...passed, file: "docker/a.test.ts" }, onEc2, { ...onEc2, state: "failed" }];
  expect(countTests("integration", { files: [], tests, errors: [], running: [] }, false)).toMatchObject([
    { name: "integration", passed: 1, failed: 0 },
    { name: "docker", passed: 1, failed: 0 },
    { name: "ec2", passed: 1, failed: 1 },
  ]);
  expect(countTests("unit", { files: [], tests: [onEc2], errors: [], running: [] }, true)).toMatchObject([
    { name: "unit", passed: 1 },
  ]);
});

test("a killed run and a file that does not load count as failed", () => {
  expect(countTests("unit", null, false)).toMatchObject([{ passed: 0, failed: 1 }]);
  expect(countTests("unit", { files: [], tests: [passed], errors: [], running: [] }, false)).toMatchObject([
    { passed: 1, failed: 1 },
  ]);
  expect(
    countTests("unit", { files: [], tests: [passed], errors: ["b.test.ts: syntax"], running: [] }, false),
  ).toMatchObject([{ failed: 1 }]);
});

test("a killed run names the files that it ended", () => {
  const report = { files: [], tests: [passed], errors: [], running: ["b.test.ts"] };
  expect(countTests("integration", report, false)).toMatchObject([
    { passed: 1, failed: 1, notes: ["Failed: the run ended before b.test.ts did."] },
  ]);
});
