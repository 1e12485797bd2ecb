import { randomBytes } from "node:crypto";
import { closeSync, constants as fs, readSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate as immediate } from "node:timers/promises";
import { openRegularSync } from "../files/fs-calls.ts";
import { systemCalls } from "../native/system-calls.ts";

/**
 * Marks the processes of a command. Every process inherits its resource limits, whatever it does to its parent, session,
 * environment and open files. So a soft limit that has no effect, realtime CPU time of more than 100,000 years,
 * identifies the descendants of a command, and any process may read it.
 */
export type Mark = bigint;

const EFFECTLESS = 1n << 62n;

export const newMark = (): Mark => EFFECTLESS + (randomBytes(8).readBigUInt64BE() >> 3n);

/** @returns null without running `spawn` when processes cannot be marked here */
export const spawnMarked = <T>(mark: Mark, spawn: () => T): { result: T } | null =>
  systemCalls()?.withRealtimeLimit(mark, spawn) ?? null;

let current: Promise<unknown> = Promise.resolve();
let next: { fromPid: number; found: Promise<Map<Mark, number[]>> } | undefined;

/**
 * The processes that have this mark and are not zombies. Many commands share one reading of the processes.
 *
 * @param fromPid the pid of the command's main process, if it started a moment ago: pids are given in order, so a short
 * command need not look at the processes before it. 0 looks at all.
 */
export async function markedWith(mark: Mark, fromPid: number): Promise<number[]> {
  // A reading in progress may already have passed a process that started since.
  next ??= { fromPid, found: current.then(readNext) };
  next.fromPid = Math.min(next.fromPid, fromPid);
  return (await next.found).get(mark) ?? [];
}

function readNext(): Promise<Map<Mark, number[]>> {
  const reading = readMarks(next?.fromPid ?? 0);
  next = undefined;
  current = reading.catch(() => {});
  return reading;
}

/** Processes read between two turns of the event loop. */
const BATCH = 64;

async function readMarks(fromPid: number): Promise<Map<Mark, number[]>> {
  const names = await readdir("/proc").catch(() => []);
  const newest = newestPid();
  // The pids have begun again at the lowest.
  const first = newest < fromPid ? 0 : fromPid;
  const pids = names.map(Number).filter((pid) => pid >= first);
  const found = new Map<Mark, number[]>();
  for (const [index, pid] of pids.entries()) {
    if (index % BATCH === BATCH - 1) await immediate();
    const mark = readMark(pid);
    if (mark !== null && !isZombie(pid)) found.set(mark, [...(found.get(mark) ?? []), pid]);
  }
  return found;
}

/** The last field of `/proc/loadavg`; 0 where the system does not tell. */
const newestPid = (): number => Number(readProcFile("/proc/loadavg").trim().split(" ").at(-1)) || 0;

function readMark(pid: number): Mark | null {
  const soft = /^Max realtime timeout +(\d+) /m.exec(readProcFile(`/proc/${pid}/limits`))?.[1];
  const value = soft === undefined ? 0n : BigInt(soft);
  return value >= EFFECTLESS ? value : null;
}

function isZombie(pid: number): boolean {
  const stat = readProcFile(`/proc/${pid}/stat`);
  return stat === "" || /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}

const buffer = Buffer.alloc(4096);

/** Synchronous, because three system calls take less time than one turn through Node's thread pool. */
function readProcFile(path: string): string {
  try {
    const fd = openRegularSync(path, fs.O_RDONLY);
    try {
      return buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    // The process has ended.
    return "";
  }
}
