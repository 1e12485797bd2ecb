import { spawnSync } from "node:child_process";
import { readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The content of `postmaster.pid`: https://www.postgresql.org/docs/18/storage-file-layout.html */
export interface PostmasterFile {
  pid: number;
  dataDirectory: string;
  port: number;
  ready: boolean;
}

export async function readPostmasterFile(dataDirectory: string): Promise<PostmasterFile | null> {
  const lines = await readFile(join(dataDirectory, "postmaster.pid"), "utf8").then(
    (text) => text.split("\n"),
    () => null,
  );
  if (!lines) return null;
  return {
    pid: Number(lines[0]),
    dataDirectory: lines[1] ?? "",
    port: Number(lines[3]),
    ready: lines[7]?.trim() === "ready",
  };
}

const STEPS = [
  // Fast shutdown: ends sessions and writes a checkpoint. The kernel signal (`setpriv --pdeathsig`) has usually
  // started it already.
  { signal: "SIGINT", waitMs: 3000 },
  // Immediate shutdown: the next start replays the log.
  { signal: "SIGQUIT", waitMs: 5000 },
  { signal: "SIGKILL", waitMs: 2000 },
] as const;

/**
 * Ends the Postgres that a killed Berth process left on this data directory. Call it only while holding the lock of
 * the directory, which proves that the previous owner has ended. The server is not adopted, because a process that is
 * not our child would outlive us.
 */
export async function endOrphan(dataDirectory: string): Promise<void> {
  const found = await readPostmasterFile(dataDirectory);
  if (!found) return;
  for (const { signal, waitMs } of STEPS) {
    if (!(await servesDirectory(found.pid, dataDirectory))) break;
    try {
      process.kill(found.pid, signal);
    } catch {
      break; // It has already ended.
    }
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline && (await servesDirectory(found.pid, dataDirectory))) await delay(10);
  }
  // After kill -9 or a power cut the process id may belong to another program. Postgres would then refuse to start.
  await rm(join(dataDirectory, "postmaster.pid"), { force: true });
}

/**
 * Whether this process is the Postgres of exactly this directory. In a copied directory, the file names the
 * original's server, which must not be ended. The working directory of a Postgres is its data directory; a zombie has
 * none.
 */
async function servesDirectory(pid: number, dataDirectory: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  if (process.platform === "linux") {
    const worksIn = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return worksIn === null ? commandLine.split("\0").includes(dataDirectory) : worksIn === dataDirectory;
  }
  const { stdout } = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.includes(dataDirectory);
}
