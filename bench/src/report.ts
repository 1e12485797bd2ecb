import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

/** Raw numbers of one side of a comparison, in milliseconds unless the name states another unit. */
export type Samples = number[];

export interface Result {
  name: string;
  /** The target in words. */
  target: string;
  /** The ratio to the floor of the same run, or another figure that the target names. */
  figure: number;
  met: boolean;
  summary: Record<string, number | string>;
  raw: Record<string, Samples>;
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);
export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

/** Stores the raw numbers with the host and the versions, and prints a summary line. */
export function saveResult(result: Result): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}${result.name}.json`, `${JSON.stringify({ ...result, machine: machine() }, null, 1)}\n`);
  const facts = Object.entries(result.summary).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${result.met ? "met " : "MISS"} ${result.name}: ${facts.join(", ")} (${result.target})\n`);
}

function machine() {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return {
    berth: version,
    commit: git("rev-parse", "--short", "HEAD"),
    node: process.version,
    kernel: release(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: round(totalmem() / 2 ** 30, 1),
    measuredAt: new Date().toISOString(),
  };
}

const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8" }).trim();
