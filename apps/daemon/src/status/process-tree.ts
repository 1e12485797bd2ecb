import { readdir, readFile } from "node:fs/promises";

const PAGE_BYTES = 4096;
/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Node runs on. */
const TICK_MICROSECONDS = 10_000;

interface ProcessLine {
  pid: number;
  parent: number;
  ticks: number;
  pages: number;
}

/** Adds up the daemon and everything it started, from `/proc`. */
export async function readProcessTree(): Promise<{ cpuMicroseconds: number | null; memoryBytes: number | null }> {
  const processes = await readProcesses();
  if (processes.length === 0) return { cpuMicroseconds: null, memoryBytes: null };
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const pending = processes.filter(({ pid }) => pid === process.pid);
  let ticks = 0;
  let pages = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    ticks += next.ticks;
    pages += next.pages;
    pending.push(...(children.get(next.pid) ?? []));
  }
  return { cpuMicroseconds: ticks * TICK_MICROSECONDS, memoryBytes: pages * PAGE_BYTES };
}

async function readProcesses(): Promise<ProcessLine[]> {
  const names = await readdir("/proc").catch(() => []);
  const lines = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return lines.filter((line) => line !== null);
}

/** Fields as in proc(5), counted behind the name, which may hold anything but ends with the last parenthesis. */
async function readProcess(pid: string): Promise<ProcessLine | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    // utime, stime, and those of children that were waited for.
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0) + (fields[13] ?? 0) + (fields[14] ?? 0);
    return { pid: Number(pid), parent, ticks, pages: fields[21] ?? 0 };
  } catch {
    return null;
  }
}
