import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { unavailable } from "../problems.ts";

export interface RemovalOptions {
  /** Aborts the removal; a repeated call continues it. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of removed entries every few seconds and at the end. */
  readonly progress?: ((entriesRemoved: number) => void) | undefined;
}

const PROGRESS_EVERY_MS = 2_000;
const FAILURES_KEPT = 5;
const NEWLINE = 0x0a;

/**
 * Removes trees with everything in them; an absent tree counts as removed. Removes links without following them, and
 * leaves mounted file systems alone.
 *
 * Runs `rm` at the lowest priority. It accepts paths of any length, whereas Node's own `rm` fails on long ones and
 * occupies all threads that other file access of this process needs.
 *
 * @throws DomainError `backend_unavailable` that names the entries that cannot be removed, and the remedy.
 */
export async function removeTrees(trees: readonly string[], options: RemovalOptions = {}): Promise<void> {
  if (trees.length === 0) return;
  const count = new EntryCount(options.progress);
  try {
    if ((await removeOnce(trees, count, options.signal)).count === 0) return;
    await clearObstacles(trees, options.signal);
    const failures = await removeOnce(trees, count, options.signal);
    if (failures.count > 0) throw notRemovable(trees, failures);
  } finally {
    count.report();
  }
}

interface Failures {
  count: number;
  first: string[];
}

async function removeOnce(
  trees: readonly string[],
  count: EntryCount,
  signal: AbortSignal | undefined,
): Promise<Failures> {
  const oneFileSystem = process.platform === "linux" ? "--one-file-system" : "-x";
  const failures = await run("rm", ["-r", "-f", "-v", oneFileSystem, "--", ...trees], {
    signal,
    onOutput: (chunk) => count.add(chunk),
  });
  return failures;
}

/** Folders may deny access to their owner. For root, only `chattr` flags prevent a removal. */
async function clearObstacles(trees: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  if (process.getuid?.() !== 0) await run("chmod", ["-R", "u+rwx", "--", ...trees], { signal });
  else if (process.platform === "linux") await run("chattr", ["-R", "-f", "-i", "-a", "--", ...trees], { signal });
}

interface RunOptions {
  signal: AbortSignal | undefined;
  onOutput?(chunk: Buffer): void;
}

/** The lines that the program wrote to standard error. A missing program adds its own line. */
function run(program: string, args: readonly string[], { signal, onOutput }: RunOptions): Promise<Failures> {
  const { promise, resolve, reject } = Promise.withResolvers<Failures>();
  const failures: Failures = { count: 0, first: [] };
  const addFailure = (line: string) => {
    failures.count += 1;
    if (failures.first.length < FAILURES_KEPT) failures.first.push(line);
  };
  // In English, because users see the messages.
  const child = spawn("env", ["LC_ALL=C", program, ...args], { stdio: ["ignore", "pipe", "pipe"], signal });
  lowerPriority(child.pid);
  child.stdout.on("data", (chunk: Buffer) => onOutput?.(chunk));
  createInterface({ input: child.stderr }).on("line", addFailure);
  child.on("error", (error) => {
    if (signal?.aborted) return reject(error);
    addFailure(error.message);
    resolve(failures);
  });
  child.on("close", (exitCode) => {
    if (signal?.aborted) return reject(signal.reason);
    if (exitCode !== 0 && failures.count === 0) addFailure(`${program} ended with ${exitCode}`);
    resolve(failures);
  });
  return promise;
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has already ended.
  }
}

/**
 * Counts the lines of `rm -v`, one per entry. A name with a line break counts twice: the count shows progress and need
 * not be exact.
 */
class EntryCount {
  #removed = 0;
  #reportedAt = performance.now();
  readonly #progress: RemovalOptions["progress"];

  constructor(progress: RemovalOptions["progress"]) {
    this.#progress = progress;
  }

  add(chunk: Buffer): void {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.#removed += 1;
    if (performance.now() - this.#reportedAt >= PROGRESS_EVERY_MS) this.report();
  }

  report(): void {
    this.#reportedAt = performance.now();
    if (this.#removed > 0) this.#progress?.(this.#removed);
  }
}

/** Removes the server's paths from the message, because users read it. */
function notRemovable(trees: readonly string[], { count, first }: Failures): Error {
  const named = first.map((line) => trees.reduce((text, tree) => text.replaceAll(tree, "."), line));
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return unavailable(
    `${count} ${count === 1 ? "entry" : "entries"} cannot be removed: ${named.join("; ")}${more}. On the machine Berth runs on, as root, clear their flags with "chattr -i -a" and unmount what is mounted there. Berth retries until it succeeds.`,
  );
}
