import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { processEnvironment } from "../env.ts";
import { type ApiResponse, type CallOptions, REPOSITORY, read, requestOf, until } from "./test-api.ts";

/** `node apps/api/src/main.ts` as a child process, with its output and its exit. */
export interface ApiProcess {
  readonly pid: number;
  readonly printed: { output: string; errors: string };
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** The link in the ready line. Rejects when the process ends first. */
  readonly ready: Promise<URL>;
  kill(signal: NodeJS.Signals): Promise<number | string>;
  /** Stops reading standard error. */
  stopListening(): void;
  listenAgain(): void;
}

/** The same value as `pnpm start` sets. Compiling takes a quarter of the time of a start. */
const CODE_CACHE = join(REPOSITORY, "node_modules/.cache/berth-code");

const startedHere = new Set<ChildProcess>();

/** For `afterEach`: kills the processes that a failed test has left. */
export async function endAll(): Promise<void> {
  for (const child of startedHere) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

export function startProcess(settings: Record<string, string>, nodeFlags: readonly string[] = []): ApiProcess {
  const { DATABASE_URL: _, ...inherited } = processEnvironment();
  const child = spawn(process.execPath, [...nodeFlags, join(REPOSITORY, "apps/api/src/main.ts")], {
    // Puts temporary files into the data directory, so that those of a killed process are deleted with it.
    env: {
      NODE_COMPILE_CACHE: CODE_CACHE,
      ...inherited,
      TMPDIR: settings.BERTH_DATA_DIR,
      PORT: "0",
      BERTH_BACKENDS: "memory",
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  startedHere.add(child);
  const printed = { output: "", errors: "" };
  const { promise: ready, resolve, reject } = Promise.withResolvers<URL>();
  child.stdout.on("data", (text) => {
    printed.output += text;
    const link = /^Berth ready: (\S+)\n/.exec(printed.output)?.[1];
    if (link) resolve(new URL(link));
  });
  child.stderr.on("data", (text) => {
    printed.errors += text;
  });
  const ended = once(child, "close").then(([code, signal]) => {
    startedHere.delete(child);
    reject(new Error(`It ended before it was ready.\n${printed.errors}`));
    return (code ?? signal) as number | string;
  });
  ready.catch(() => {});
  return {
    pid: child.pid ?? 0,
    printed,
    ended,
    ready,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
    stopListening: () => void child.stderr.pause(),
    listenAgain: () => void child.stderr.resume(),
  };
}

/** Calls a process's API with the owner's token of its data directory. */
export async function ownerOf(process: ApiProcess, dataDirectory: string) {
  await process.ready;
  return ownerWith(process, (await readFile(join(dataDirectory, "owner-token"), "utf8")).trim());
}

/** The same with a given token. */
export async function ownerWith(process: ApiProcess, token: string) {
  const { origin } = await process.ready;
  const request = async (path: string, init: RequestInit & CallOptions = {}): Promise<ApiResponse> =>
    read(await fetch(`${origin}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }));
  const call = (name: string, input?: unknown, options?: CallOptions) => request(...requestOf(name, input, options));
  return { origin, token, request, call };
}

/** Kills all processes whose command line contains all of these words, including those that start in the meantime. */
export async function endProcesses(...words: string[]): Promise<void> {
  await until(async () => {
    const pids = await processesWith(...words);
    for (const pid of pids) kill(pid);
    return pids.length === 0 ? true : undefined;
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended since it was listed.
  }
}

/** The ids of processes whose command line contains all of these words. */
export async function processesWith(...words: string[]): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => ({ pid, line: await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "") })),
  );
  return lines.filter(({ line }) => words.every((word) => line.includes(word))).map(({ pid }) => Number(pid));
}
