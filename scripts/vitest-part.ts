import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ROOT, runCommand } from "./run-command.ts";
import { type Outcome, outcome } from "./test-outcome.ts";

interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

export interface VitestPart {
  project: string;
  scratch: string;
  env?: Record<string, string>;
  timeoutSeconds: number;
}

/** Runs one project and counts it; tests of Docker are counted apart, because they are the first to be skipped. */
export async function runVitest({ project, scratch, env = {}, timeoutSeconds }: VitestPart): Promise<Outcome[]> {
  const file = join(scratch, `${project}.json`);
  const vitest = join(ROOT, "node_modules/.bin/vitest");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const command = [vitest, "run", `--project=${project}`, "--passWithNoTests", ...reporters];
  const { ok, seconds } = await runCommand(command, { env, show: true, timeoutSeconds });

  const whole = outcome(project, { seconds });
  const docker = outcome("docker");
  const report = await readReport(file);
  if (report) count(report, whole, docker);
  // A run may fail without a failed test: it was killed, or an error came after the last one.
  if (!ok && whole.failed + docker.failed === 0) {
    whole.failed += 1;
    whole.notes.push("Failed: the run ended with an error and no failed test; see its output above.");
  }
  return docker.passed + docker.failed + docker.skipped > 0 ? [whole, docker] : [whole];
}

function count(report: VitestReport, whole: Outcome, docker: Outcome): void {
  for (const file of report.testResults) {
    const path = relative(ROOT, file.name);
    const skipped: string[] = [];
    for (const { fullName, status } of file.assertionResults) {
      const part = /docker/i.test(`${path} ${fullName}`) && whole.name === "integration" ? docker : whole;
      if (status === "passed") part.passed += 1;
      else if (status === "failed") {
        part.failed += 1;
        part.notes.push(`Failed: ${fullName} (${path})`);
      } else {
        part.skipped += 1;
        skipped.push(fullName);
      }
    }
    if (skipped.length > 0) whole.notes.push(`Skipped ${skipped.length} in ${path}: ${shorten(skipped)}`);
    if (file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed")) {
      whole.failed += 1;
      whole.notes.push(`Failed: ${path} did not run. ${file.message?.split("\n")[0] ?? ""}`);
    }
  }
}

const shorten = (names: string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join("; ")}; …` : names.join("; ");

const readReport = (file: string): Promise<VitestReport | null> =>
  readFile(file, "utf8").then(
    (text) => JSON.parse(text) as VitestReport,
    () => null,
  );
