import { readdir, readFile } from "node:fs/promises";

const PAGE_BYTES = 4096;
/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Node runs on. */
const TICK_MICROSECONDS = 10_000;

interface ProcessLine {
  pid: number;
  parent: number;
  session: number;
  ticks: number;
  pages: number;
}

/**
 * Sums a workspace's processes on a shared host. In a separate PID namespace these are all visible processes. Otherwise
 * they are the daemon, its descendants, and members of sessions that were once seen among them: a background program
 * outlives its shell.
 */
export class ProcessTree {
  readonly #root: number;
  readonly #isAlone: boolean;
  readonly #readAll: () => Promise<ProcessLine[]>;
  readonly #sessions = new Set<number>();

  /** @param isAlone true when only this workspace's processes are visible: the launcher is then process 1. */
  constructor(root: number = process.pid, isAlone: boolean = process.ppid === 1, readAll = readProcesses) {
    this.#root = root;
    this.#isAlone = isAlone;
    this.#readAll = readAll;
  }

  async read(): Promise<{ cpuMicroseconds: number | null; memoryBytes: number | null }> {
    const all = await this.#readAll();
    const own = this.#isAlone ? all : this.#among(all);
    if (own.length === 0) return { cpuMicroseconds: null, memoryBytes: null };
    const sum = (of: (line: ProcessLine) => number) => own.reduce((total, line) => total + of(line), 0);
    return {
      cpuMicroseconds: sum(({ ticks }) => ticks) * TICK_MICROSECONDS,
      memoryBytes: sum(({ pages }) => pages) * PAGE_BYTES,
    };
  }

  #among(all: readonly ProcessLine[]): ProcessLine[] {
    const children = Map.groupBy(all, ({ parent }) => parent);
    // The daemon's initial session may belong to its launcher and contain other processes.
    const birthSession = all.find(({ pid }) => pid === this.#root)?.session;
    const present = new Set(all.map(({ session }) => session));
    for (const session of this.#sessions) if (!present.has(session)) this.#sessions.delete(session);
    const own = new Map<number, ProcessLine>();
    const pending = all.filter(({ pid, session }) => pid === this.#root || this.#sessions.has(session));
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (own.has(next.pid)) continue;
      own.set(next.pid, next);
      if (next.session !== birthSession) this.#sessions.add(next.session);
      pending.push(...(children.get(next.pid) ?? []));
    }
    return [...own.values()];
  }
}

/** Shares one reading between calls within `keptMs`. */
export function sharedReading<T>(read: () => Promise<T>, keptMs: number): () => Promise<T> {
  let reading: Promise<T> | undefined;
  let startedAtMs = 0;
  return () => {
    const nowMs = performance.now();
    if (reading === undefined || nowMs - startedAtMs > keptMs) {
      startedAtMs = nowMs;
      reading = read();
    }
    return reading;
  };
}

/** For the daemons of the memory backend, which run in one process: each reading covers the whole host. */
export const readProcessesTogether: () => Promise<ProcessLine[]> = sharedReading(readProcesses, 1000);

async function readProcesses(): Promise<ProcessLine[]> {
  const names = await readdir("/proc").catch(() => []);
  const lines = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return lines.filter((line) => line !== null);
}

/** Fields as in proc(5), counted after the name, which may contain anything and ends with the last parenthesis. */
async function readProcess(pid: string): Promise<ProcessLine | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0, , session = 0] = fields;
    // utime and stime, of the process and of its reaped children.
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0) + (fields[13] ?? 0) + (fields[14] ?? 0);
    return { pid: Number(pid), parent, session, ticks, pages: fields[21] ?? 0 };
  } catch {
    return null;
  }
}
