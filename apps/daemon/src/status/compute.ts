import { readFile } from "node:fs/promises";
import type { MeasuredGround } from "@berth/domain";
import { readMachine } from "./machine.ts";
import type { ProcessTree } from "./process-tree.ts";

export interface ComputeReading {
  atMs: number;
  /** Since some moment in the past: only differences mean something. */
  cpuMicroseconds: number | null;
  memoryBytes: number | null;
}

const CGROUP = "/sys/fs/cgroup";

/** CPU and memory of this instance, as far as it reaches. */
export async function readCompute(ground: MeasuredGround | undefined, tree: ProcessTree): Promise<ComputeReading> {
  const atMs = performance.now();
  return { atMs, ...(await readGround(ground, tree)) };
}

/**
 * Where nobody has said what is the instance's own, a control group is when the first process is in it, as in a
 * container; on a host it would count neighbours too, and there the daemon's own processes are counted.
 */
async function readGround(ground: MeasuredGround | undefined, tree: ProcessTree): Promise<Counters> {
  if (ground === "machine") return readMachine();
  const isGroup = ground === "container" || (ground === undefined && (await isContainer()));
  const group = isGroup ? ((await readVersion2()) ?? (await readVersion1())) : null;
  return group ?? tree.read();
}

type Counters = Omit<ComputeReading, "atMs">;

/** The root group of a host has no `memory.current` (v2), and its path is `/` (v1). */
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

/** Whether we are the first process of a container, or came from it. A host's first process sits in no group but the root. */
let container: Promise<boolean> | undefined;
const isContainer = (): Promise<boolean> => {
  container ??= detectContainer();
  return container;
};

async function detectContainer(): Promise<boolean> {
  const [own, first] = await Promise.all([read("/proc/self/cgroup"), read("/proc/1/cgroup")]);
  if (own === null || own !== first) return false;
  if (process.pid === 1) return true;
  // Same group as process 1: a container, or a host where everything sits in the root group (v1: the path is "/").
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
