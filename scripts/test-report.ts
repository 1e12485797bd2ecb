import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** The result of a run for `scripts/test.ts`. Vitest's JSON report omits the reasons of skips. */
export interface TestReport {
  /** With the time of their hooks. */
  files: { file: string; seconds: number }[];
  tests: { file: string; name: string; state: string; reason: string | null }[];
  /** Files that failed to load, and errors outside of tests. */
  errors: string[];
  /** Files that have begun and not ended. */
  running: string[];
}

/** The path of the report, because a reporter from the command line takes no options. */
export const REPORT_FILE_VARIABLE = "BERTH_TEST_REPORT";

/** Writes the report whenever a file begins or ends, so that a run that is killed tells how far it came. */
export default class TestReporter implements Reporter {
  readonly #report: TestReport = { files: [], tests: [], errors: [], running: [] };

  onTestModuleQueued({ relativeModuleId }: TestModule): void {
    this.#report.running.push(relativeModuleId);
    this.#write();
  }

  onTestModuleEnd(module: TestModule): void {
    const { files, tests, errors, running } = this.#report;
    const file = module.relativeModuleId;
    if (running.includes(file)) running.splice(running.indexOf(file), 1);
    const { setupDuration, collectDuration, duration } = module.diagnostic();
    files.push({ file, seconds: (setupDuration + collectDuration + duration) / 1000 });
    errors.push(...module.errors().map(({ message }) => `${file}: ${message}`));
    for (const test of module.children.allTests()) {
      const result = test.result();
      const reason = result.state === "skipped" ? (result.note ?? null) : null;
      tests.push({ file, name: test.fullName, state: result.state, reason });
    }
    this.#write();
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandled: readonly { message?: string }[]): void {
    this.#report.errors.push(...unhandled.map(({ message }) => message ?? "an error outside tests"));
    this.#write();
  }

  #write(): void {
    writeFileSync(process.env[REPORT_FILE_VARIABLE] ?? "test-report.json", JSON.stringify(this.#report));
  }
}
