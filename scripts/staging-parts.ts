import { join } from "node:path";
import { runPlaywright } from "./playwright-part.ts";
import { ROOT, runCommand } from "./run-command.ts";
import { notRun, type Outcome, outcome } from "./test-outcome.ts";

const DATA_PERSISTENCE = join(ROOT, "e2e/staging/data-persistence.ts");
const MINUTE = 60;

/** The suites for running tenants that the environment enables, even with invalid settings. */
export function enabledStagingParts(environment: NodeJS.ProcessEnv, scratch: string): (() => Promise<Outcome>)[] {
  const parts: (() => Promise<Outcome>)[] = [];
  if (environment.CANVAS_E2E_STAGING) {
    parts.push(() => runPlaywright({ scratch, env: {}, timeoutSeconds: 15 * MINUTE, isRequired: true }));
  }
  if (environment.STAGING_E2E) parts.push(runDataPersistence);
  return parts;
}

/** Without its settings it is skipped, with a message that names them. */
export async function runDataPersistence(): Promise<Outcome> {
  const { ok, output, seconds } = await runCommand([process.execPath, DATA_PERSISTENCE], {
    show: true,
    timeoutSeconds: 90 * MINUTE,
  });
  return dataPersistenceOutcome(ok, output, seconds);
}

/** Only a run that prints PASSED counts: another successful exit has checked nothing. */
export function dataPersistenceOutcome(ok: boolean, output: string, seconds: number): Outcome {
  const name = "data outlives";
  const last = /^data-persistence: (PASSED|SKIPPED\.|FAILED\.)(.*)$/m.exec(output);
  const reason = last?.[2]?.trim() || "the run ended without a result; see its output above.";
  if (ok && last?.[1] === "PASSED") return outcome(name, { passed: 1, seconds });
  if (ok && last?.[1] === "SKIPPED.") return notRun(name, reason, false);
  return outcome(name, { failed: 1, seconds, notes: [`Failed: ${reason}`] });
}
