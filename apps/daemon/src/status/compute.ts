import { readFile } from "node:fs/promises";
import type { MetricsScope } from "@berth/domain";
import { readMachine } from "./machine.ts";
import type { ProcessTree } from "./process-tree.ts";

export interface ComputeReading {
  atMs: number;
  /** Counted from an arbitrary start: only differences are meaningful. */
  cpuMicroseconds: number | null;
  memoryBytes: number | null;
}

const CGROUP = "/sys/fs/cgroup";

/** CPU and memory of this instance. */
export async function readCompute(scope: MetricsScope | undefined, tree: ProcessTree): Promise<ComputeReading> {
  const atMs = performance.now();
  return { atMs, ...(await readScope(scope, tree)) };
}

/**
 * Without an explicit scope, a control group counts as the instance when it also contains process 1, as in a container.
 * On a host the group would include other processes, so only the daemon's process tree is counted.
 */
async function readScope(scope: MetricsScope | undefined, tree: ProcessTree): Promise<Counters> {
  if (scope === "machine") return readMachine();
  const isGroup = scope === "container" || (scope === undefined && (await isContainer()));
  const group = isGroup ? ((await readVersion2()) ?? (await readVersion1())) : null;
  return group ?? tree.read();
}

type Counters = Omit<ComputeReading, "atMs">;

/** A host's root group has no `memory.current` (v2), and its path is `/` (v1). */
async function readVersion2(): Promise<Counters | null> {
  const [memory, cpu] = await Promise.all([read(`${CGROUP}/memory.current`), read(`${CGROUP}/cpu.stat`)]);
  const [, microseconds] = /^usage_usec (\d+)$/m.exec(cpu ?? "") ?? [];
  if (memory === null || microseconds === undefined) return null;
  return { cpuMicroseconds: Number(microseconds), memoryBytes: Number(memory) };
}

async function readVersion1(): Promise<Counters | null> {
  const [memory, nanoseconds] = await Promise.all([
    read(`${CGROUP}/memory/memory.usage_in_bytes`),
    read(`${CGROUP}/cpuacct/cpuacct.usage`),
  ]);
  if (memory === null || nanoseconds === null) return null;
  return { cpuMicroseconds: Math.round(Number(nanoseconds) / 1000), memoryBytes: Number(memory) };
}

/** True when this process is PID 1 of a container or descends from it. A host's PID 1 is in the root group only. */
let container: Promise<boolean> | undefined;
const isContainer = (): Promise<boolean> => {
  container ??= detectContainer();
  return container;
};

async function detectContainer(): Promise<boolean> {
  const [own, first] = await Promise.all([read("/proc/self/cgroup"), read("/proc/1/cgroup")]);
  if (own === null || own !== first) return false;
  if (process.pid === 1) return true;
  // Same group as process 1: a container, or a host with everything in the root group (v1: the path is "/").
  const memoryPath = /^\d+:[^:]*\bmemory\b[^:]*:(.*)$/m.exec(own)?.[1];
  return memoryPath === undefined || memoryPath !== "/";
}

async function read(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return null;
  }
}
