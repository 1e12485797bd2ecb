// `npx --yes pnpm@12 test`: runs everything that this host supports. `--only=unit,integration` runs some of it. Other
// parts are skipped with a reason; BERTH_TEST_REQUIRE=docker,chromium,ec2 makes such a skip a failure. With
// CANVAS_E2E_STAGING or STAGING_E2E it tests a running tenant (docs/testing.md).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildStale } from "./builds.ts";
import { type DockerForTests, findOrStartDocker } from "./docker-for-tests.ts";
import { runPlaywright } from "./playwright-part.ts";
import { runChecks } from "./run-checks.ts";
import { endRunningOnInterrupt } from "./run-command.ts";
import { enabledStagingParts, runDataPersistence } from "./staging-parts.ts";
import { describeOutcomes, notRun, type Outcome, outcome } from "./test-outcome.ts";
import { runVitest } from "./vitest-part.ts";

const PARTS = ["check", "unit", "integration", "e2e"] as const;
type Part = (typeof PARTS)[number];

const MINUTE = 60;
const required = new Set((process.env.BERTH_TEST_REQUIRE ?? "").split(",").map((name) => name.trim()));

endRunningOnInterrupt();
const scratch = mkdtempSync(join(tmpdir(), "berth-test-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

const outcomes: Outcome[] = [];
const parts = chooseParts();
if (parts.has("check")) outcomes.push(await check());
if (parts.has("unit")) outcomes.push(...(await runVitest({ project: "unit", scratch, timeoutSeconds: 5 * MINUTE })));
if (parts.has("integration") || parts.has("e2e")) await runTestsWithMachines();
console.log(describeOutcomes(outcomes));
process.exit(outcomes.some(({ failed }) => failed > 0) ? 1 : 0);

function chooseParts(): Set<Part> {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const names = values.only?.split(",") ?? [...PARTS];
  const unknown = names.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) {
    console.error(`Unknown part: ${unknown.join(", ")}. Available: ${PARTS.join(", ")}.`);
    process.exit(64);
  }
  return new Set(PARTS.filter((part) => names.includes(part)));
}

async function check(): Promise<Outcome> {
  const { passed, failed, seconds } = await runChecks();
  const notes = failed.map((name) => `Failed: ${name}`);
  return outcome("check", { passed: passed.length, failed: failed.length, seconds, notes });
}

async function runTestsWithMachines(): Promise<void> {
  const staging = enabledStagingParts(process.env, scratch);
  // These suites need no local Berth.
  for (const run of staging) outcomes.push(await run());
  if (staging.length > 0) return;
  await buildStale().catch((error: unknown) => {
    console.error(error);
    outcomes.push(outcome("build", { failed: 1, notes: [`Failed: ${String(error).split("\n")[0]}`] }));
  });
  const docker = await findOrStartDocker();
  const env: Record<string, string> = docker.host ? { DOCKER_HOST: docker.host } : {};
  if (parts.has("integration")) {
    const run = await runVitest({ project: "integration", scratch, env, timeoutSeconds: 40 * MINUTE });
    outcomes.push(...run, ...missingDocker(docker, run), ...missingEc2(run));
  }
  if (parts.has("e2e")) {
    const isRequired = required.has("chromium");
    outcomes.push(
      await runPlaywright({ scratch, env, timeoutSeconds: 30 * MINUTE, isRequired }),
      await runDataPersistence(),
    );
  }
}

/** The skipped tests print the reason. */
function missingEc2(run: Outcome[]): Outcome[] {
  const counted = run.find(({ name }) => name === "ec2");
  if (counted && counted.passed + counted.failed > 0) return [];
  return [
    notRun("ec2", "its machines cannot be booted here; see the reason in the output above.", required.has("ec2")),
  ];
}

/** Docker counts as run when its tests passed or failed, but not when a suite silently skips them all. */
function missingDocker(docker: DockerForTests, run: Outcome[]): Outcome[] {
  const counted = run.find(({ name }) => name === "docker");
  if (!docker.host) return [notRun("docker", docker.reason, required.has("docker"))];
  const hasRun = counted !== undefined && counted.passed + counted.failed > 0;
  const isComplete = hasRun && (counted.skipped === 0 || !required.has("docker"));
  return isComplete ? [] : [notRun("docker", "not all of its tests ran.", required.has("docker"))];
}
