import { readdirSync, readFileSync } from "node:fs";

export interface ProcessUsage {
  pid: number;
  parent: number;
  command: string;
  /** Proportional set size: the processes that share a page count it once in total. */
  pssBytes: number;
  cpuSeconds: number;
}

const CLOCK_TICKS = 100;

/** The memory and CPU time of one process. Null when it has ended. */
export function readProcess(pid: number): ProcessUsage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return {
      pid,
      parent: Number(fields[1]),
      command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim(),
      pssBytes: Number(pss ?? 0) * 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS,
    };
  } catch {
    return null;
  }
}

/** These processes and all their descendants. */
export function processesOf(roots: readonly number[]): ProcessUsage[] {
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
  const pids = new Set(roots);
  for (let size = -1; size !== pids.size; ) {
    size = pids.size;
    for (const { pid, parent } of all) if (pids.has(parent)) pids.add(pid);
  }
  return all.filter(({ pid }) => pids.has(pid));
}
