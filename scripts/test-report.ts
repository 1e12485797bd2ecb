import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** What a run came to, for `scripts/test.ts`. Vitest's own JSON leaves out why a test was skipped. */
export interface TestReport {
  tests: { file: string; name: string; state: string; reason: string | null }[];
  /** Files that could not be run, and errors outside any test. */
  errors: string[];
}

/** Where the report goes: a reporter named on the command line takes no options. */
export const REPORT_FILE_VARIABLE = "BERTH_TEST_REPORT";

export default class TestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message?: string }[]): void {
    const report: TestReport = {
      tests: [],
      errors: unhandled.map(({ message }) => message ?? "an error outside tests"),
    };
    for (const module of modules) {
      const file = module.relativeModuleId;
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
