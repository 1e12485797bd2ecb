import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Identifies a process uniquely: a pid is reused, but not with the same start time within one boot. */
export interface ProcessIdentity {
  pid: number;
  /** As the system formats it; it is only compared. */
  startedAt: string;
  bootId: string;
}

export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const [startedAt, bootId] = await Promise.all([startOf(pid), readBootId()]);
  return startedAt === null ? null : { pid, startedAt, bootId };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  const now = await identify(process.pid);
  return now !== null && now.startedAt === process.startedAt && now.bootId === process.bootId;
}

/** Signals the process, or its whole group, unless the pid has been reused. */
export async function signalProcess(
  target: ProcessIdentity,
  signal: NodeJS.Signals,
  { group = false }: { group?: boolean } = {},
): Promise<void> {
  if (!(await isAlive(target))) return;
  try {
    process.kill(group ? -target.pid : target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function readBootId(): Promise<string> {
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (id) => id.trim(),
    () => "",
  );
}

/** Null when there is no such process or it is a zombie. */
async function startOf(pid: number): Promise<string | null> {
  if (process.platform !== "linux") return startByPs(pid);
  const stat = await readStat(pid);
  return stat === null || stat.state === "Z" || stat.state === "X" ? null : stat.startTime;
}

interface ProcessStat {
  state: string;
  parent: number;
  startTime: string;
}

/** Fields of /proc/<pid>/stat after the program's name, which may contain spaces and parentheses. */
async function readStat(pid: number): Promise<ProcessStat | null> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", parent: Number(fields[1]), startTime: fields[19] ?? "" };
  } catch {
    return null;
  }
}

async function startByPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await run("ps", ["-o", "stat=,lstart=", "-p", String(pid)]);
    const line = stdout.trim();
    return line === "" || line.startsWith("Z") ? null : line.replace(/^\S+\s+/, "");
  } catch {
    return null;
  }
}

/** The direct children of a process. */
export async function childrenOf(pid: number): Promise<number[]> {
  const stats = await Promise.all((await allPids()).map(async (each) => ({ each, stat: await readStat(each) })));
  return stats.filter(({ stat }) => stat?.parent === pid).map(({ each }) => each);
}

/**
 * Every process whose environment matches. This includes processes that a killed API started without recording them,
 * and processes that left their group. It works only where /proc exposes environments.
 */
export async function findByEnvironment(fits: (environment: ReadonlySet<string>) => boolean): Promise<number[]> {
  const holds = async (pid: number) => {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    return fits(new Set(environment.split("\0")));
  };
  const pids = await allPids();
  const held = await Promise.all(pids.map(holds));
  return pids.filter((pid, index) => held[index] && pid !== process.pid);
}

/** The members of `pids` whose parent is not in `pids`. */
export async function topmost(pids: readonly number[]): Promise<number[]> {
  const parents = await Promise.all(pids.map(async (pid) => (await readStat(pid))?.parent));
  return pids.filter((_, index) => !pids.includes(parents[index] ?? 0));
}

async function allPids(): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}
