import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** The result of a run for `scripts/test.ts`. Vitest's JSON report omits the reasons of skips. */
export interface TestReport {
  /** With the time of their hooks. */
  files: { file: string; seconds: number }[];
  tests: { file: string; name: string; state: string; reason: string | null }[];
  /** Files that failed to load, and errors outside of tests. */
  errors: string[];
}

/** The path of the report, because a reporter from the command line takes no options. */
export const REPORT_FILE_VARIABLE = "BERTH_TEST_REPORT";

export default class TestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message?: string }[]): void {
    const report: TestReport = {
      files: [],
      tests: [],
      errors: unhandled.map(({ message }) => message ?? "an error outside tests"),
    };
    for (const module of modules) {
      const file = module.relativeModuleId;
      const { setupDuration, collectDuration, duration } = module.diagnostic();
      report.files.push({ file, seconds: (setupDuration + collectDuration + duration) / 1000 });
      report.errors.push(...module.errors().map(({ message }) => `${file}: ${message}`));
      for (const test of module.children.allTests()) {
        const result = test.result();
        const reason = result.state === "skipped" ? (result.note ?? null) : null;
        report.tests.push({ file, name: test.fullName, state: result.state, reason });
      }
    }
    writeFileSync(process.env[REPORT_FILE_VARIABLE] ?? "test-report.json", JSON.stringify(report));
  }
}
