import { availableParallelism } from "node:os";
import { CHECK_STEPS, type CheckStep } from "./check-steps.ts";

export interface CheckSummary {
  passed: string[];
  failed: string[];
  seconds: number;
}

/** Runs one step per core in parallel, and prints each when it ends, with its output only on failure. */
export async function runChecks(only: string[] = []): Promise<CheckSummary> {
  const startedAt = performance.now();
  const summary: CheckSummary = { passed: [], failed: [], seconds: 0 };
  const queue = CHECK_STEPS.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
  const workers = Array.from({ length: Math.max(2, availableParallelism()) }, () => work(queue, summary));
  await Promise.all(workers);
  summary.seconds = (performance.now() - startedAt) / 1000;
  return summary;
}

async function work(queue: CheckStep[], summary: CheckSummary): Promise<void> {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const { ok, output, seconds } = await step.run();
    (ok ? summary.passed : summary.failed).push(step.name);
    console.log(`${ok ? "  ok  " : "FAILED"}  ${step.name.padEnd(18)} ${seconds.toFixed(1)} s`);
    if (!ok) console.log(output);
  }
}
