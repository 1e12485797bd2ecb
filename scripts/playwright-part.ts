import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT, runCommand } from "./run-command.ts";
import { notRun, type Outcome, outcome } from "./test-outcome.ts";

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; skipped: number };
  errors: { message?: string }[];
  suites: Suite[];
}

interface Suite {
  title: string;
  suites?: Suite[];
  specs: { title: string; ok: boolean; tests: PlaywrightTest[] }[];
}

interface PlaywrightTest {
  results: { duration: number }[];
  status: string;
  projectName: string;
  annotations: { type: string; description?: string }[];
}

export interface PlaywrightPart {
  scratch: string;
  env: Record<string, string>;
  timeoutSeconds: number;
  isRequired: boolean;
}

const E2E = join(ROOT, "e2e");
const CHROMIUM_PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function runPlaywright({ scratch, env, timeoutSeconds, isRequired }: PlaywrightPart): Promise<Outcome> {
  if (!existsSync(join(E2E, "playwright.config.ts"))) return notRun("e2e", "there are no specs.", isRequired);
  const chromium = findChromium();
  if (!chromium) {
    return notRun("e2e", "no Chromium was found: install one, or set CHROMIUM_PATH.", isRequired);
  }
  const file = join(scratch, "e2e.json");
  const { ok, seconds } = await runCommand(
    [join(E2E, "node_modules/.bin/playwright"), "test", "--reporter=list,json"],
    {
      cwd: E2E,
      env: { ...env, CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: file },
      show: true,
      timeoutSeconds,
    },
  );
  const part = outcome("e2e", { seconds });
  const report = await readFile(file, "utf8").then(
    (text) => JSON.parse(text) as PlaywrightReport,
    () => null,
  );
  if (report) count(report, part);
  if (!ok && part.failed === 0) {
    part.failed += 1;
    part.notes.push(`Failed: the run ended with an error. ${report?.errors[0]?.message?.split("\n")[0] ?? ""}`);
  }
  return part;
}

function count({ stats, suites }: PlaywrightReport, part: Outcome): void {
  part.passed = stats.expected;
  part.failed = stats.unexpected;
  part.skipped = stats.skipped;
  for (const suite of suites) {
    noteSpecs(suite, part);
    part.files.push({ file: `e2e/${suite.title}`, seconds: millisecondsOf(suite) / 1000 });
  }
}

function noteSpecs(suite: Suite, part: Outcome): void {
  for (const { title, tests } of suite.specs) {
    for (const { status, projectName, annotations } of tests) {
      const name = `${title} (${projectName}, ${suite.title})`;
      const reason = annotations.find(({ type }) => type === "skip")?.description;
      if (status === "unexpected") part.notes.push(`Failed: ${name}`);
      if (status === "skipped") part.notes.push(`Skipped: ${name}${reason ? `: ${reason}` : ""}`);
    }
  }
  for (const inner of suite.suites ?? []) noteSpecs(inner, part);
}

function millisecondsOf({ specs, suites = [] }: Suite): number {
  const results = specs.flatMap(({ tests }) => tests.flatMap(({ results }) => results));
  const own = results.reduce((sum, { duration }) => sum + duration, 0);
  return suites.reduce((sum, suite) => sum + millisecondsOf(suite), own);
}

function findChromium(): string | null {
  const own = (): string => {
    const playwright = createRequire(join(E2E, "package.json"))("@playwright/test") as {
      chromium: { executablePath(): string };
    };
    return playwright.chromium.executablePath();
  };
  const candidates = [process.env.CHROMIUM_PATH ?? "", ...CHROMIUM_PATHS, own()];
  return candidates.find((path) => path !== "" && existsSync(path)) ?? null;
}
