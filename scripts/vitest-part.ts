import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, runCommand } from "./run-command.ts";
import { type Outcome, outcome } from "./test-outcome.ts";
import { REPORT_FILE_VARIABLE, type TestReport } from "./test-report.ts";

export interface VitestPart {
  project: string;
  scratch: string;
  env?: Record<string, string>;
  timeoutSeconds: number;
}

/** Parts that need more than Node. They are skipped most often, so they are counted separately. */
const APART = ["docker", "ec2"] as const;

/** Runs one project and counts its tests, with those that need Docker or EC2 instances separately. */
export async function runVitest({ project, scratch, env = {}, timeoutSeconds }: VitestPart): Promise<Outcome[]> {
  const file = join(scratch, `${project}.json`);
  const command = [
    join(ROOT, "node_modules/.bin/vitest"),
    "run",
    `--project=${project}`,
    "--reporter=default",
    `--reporter=${join(ROOT, "scripts/test-report.ts")}`,
  ];
  const options = { env: { ...env, [REPORT_FILE_VARIABLE]: file }, show: true, timeoutSeconds };
  const { ok, seconds } = await runCommand(command, options);
  const report = await readReport(file);
  return countTests(project, report, ok).map((part) => ({ ...part, seconds: part.name === project ? seconds : 0 }));
}

/** @param ok the run's own result: it may fail without a failed test, e.g. when it was killed. */
export function countTests(project: string, report: TestReport | null, ok: boolean): Outcome[] {
  const whole = outcome(project);
  const apart = APART.map((name) => outcome(name));
  for (const test of report?.tests ?? []) {
    const words = `${test.file} ${test.name}`.toLowerCase();
    const named = project === "integration" ? apart.find(({ name }) => words.includes(name)) : undefined;
    countTest(test, named ?? whole);
  }
  for (const error of report?.errors ?? []) {
    whole.failed += 1;
    whole.notes.push(`Failed: ${error.split("\n")[0]}`);
  }
  for (const file of report?.running ?? []) {
    whole.failed += 1;
    whole.notes.push(`Failed: the run ended before ${file} did.`);
  }
  if (!ok && [whole, ...apart].every(({ failed }) => failed === 0)) {
    whole.failed += 1;
    whole.notes.push("Failed: the run ended with an error and no failed test; see its output above.");
  }
  whole.files = report?.files ?? [];
  return [whole, ...apart.filter(({ passed, failed, skipped }) => passed + failed + skipped > 0)];
}

function countTest({ file, name, state, reason }: TestReport["tests"][number], part: Outcome): void {
  if (state === "passed") {
    part.passed += 1;
  } else if (state === "failed") {
    part.failed += 1;
    part.notes.push(`Failed: ${name} (${file})`);
  } else {
    // Includes tests that did not run because the run was aborted; the run itself then counts as failed.
    part.skipped += 1;
    part.notes.push(`Skipped: ${name} (${file})${reason ? `: ${reason}` : ""}`);
  }
}

const readReport = (file: string): Promise<TestReport | null> =>
  readFile(file, "utf8").then(
    (text) => JSON.parse(text) as TestReport,
    () => null,
  );
