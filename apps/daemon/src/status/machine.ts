import { readFile } from "node:fs/promises";

const TICK_MICROSECONDS = 10_000;

/** CPU and memory of a whole machine that runs one workspace, from `/proc`. */
export async function readMachine(): Promise<{ cpuMicroseconds: number | null; memoryBytes: number | null }> {
  const [stat, memory] = await Promise.all([read("/proc/stat"), read("/proc/meminfo")]);
  return { cpuMicroseconds: busyMicroseconds(stat), memoryBytes: usedBytes(memory) };
}

/** The first line lists ticks: user, nice, system, idle, iowait, irq, softirq, steal. Guest time is part of user. */
export function busyMicroseconds(stat: string): number | null {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(" ").map(Number);
  return (user + nice + system + irq + softirq) * TICK_MICROSECONDS;
}

/** Memory in use by programs, like `free`: memory that the kernel can reclaim does not count. */
export function usedBytes(meminfo: string): number | null {
  const kilobytes = (name: string) => {
    const found = new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1];
    return found === undefined ? null : Number(found);
  };
  const [total, available] = [kilobytes("MemTotal"), kilobytes("MemAvailable")];
  return total === null || available === null ? null : (total - available) * 1024;
}

const read = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
