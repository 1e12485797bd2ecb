import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { unavailable } from "../problems.ts";

export interface RemovalOptions {
  /** Ends the removal half-way. Repeating it goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Takes how many entries have been removed so far, every few seconds and at the end. */
  readonly progress?: ((entriesRemoved: number) => void) | undefined;
}

const PROGRESS_EVERY_MS = 2_000;
const COMPLAINTS_KEPT = 5;
const NEWLINE = 0x0a;

/**
 * Removes trees with everything in them; what is absent counts as removed. Links are removed, never followed, and a mounted file
 * system is left alone.
 *
 * A program does it, at the lowest priority: `rm` takes paths of any length, where Node's own `rm` fails on long ones and
 * keeps all threads that every other file access of this process waits for.
 *
 * @throws DomainError `backend_unavailable` that names entries which cannot be removed, and what to do.
 */
export async function removeTrees(trees: readonly string[], options: RemovalOptions = {}): Promise<void> {
  if (trees.length === 0) return;
  const count = new EntryCount(options.progress);
  try {
    if ((await removeOnce(trees, count, options.signal)).count === 0) return;
    await clearWhatForbids(trees, options.signal);
    const complaints = await removeOnce(trees, count, options.signal);
    if (complaints.count > 0) throw notRemovable(trees, complaints);
  } finally {
    count.tell();
  }
}

interface Complaints {
  count: number;
  first: string[];
}

async function removeOnce(
  trees: readonly string[],
  count: EntryCount,
  signal: AbortSignal | undefined,
): Promise<Complaints> {
  const oneFileSystem = process.platform === "linux" ? "--one-file-system" : "-x";
  const complaints = await run("rm", ["-r", "-f", "-v", oneFileSystem, "--", ...trees], {
    signal,
    onOutput: (chunk) => count.add(chunk),
  });
  return complaints;
}

/** Folders may be closed to their owner; as root only the flags of `chattr` are left that forbid a removal. */
async function clearWhatForbids(trees: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  if (process.getuid?.() !== 0) await run("chmod", ["-R", "u+rwx", "--", ...trees], { signal });
  else if (process.platform === "linux") await run("chattr", ["-R", "-f", "-i", "-a", "--", ...trees], { signal });
}

interface RunOptions {
  signal: AbortSignal | undefined;
  onOutput?(chunk: Buffer): void;
}

/** What the program complained about. A program that is not there complains about that. */
function run(program: string, args: readonly string[], { signal, onOutput }: RunOptions): Promise<Complaints> {
  const { promise, resolve, reject } = Promise.withResolvers<Complaints>();
  const complaints: Complaints = { count: 0, first: [] };
  const complain = (line: string) => {
    complaints.count += 1;
    if (complaints.first.length < COMPLAINTS_KEPT) complaints.first.push(line);
  };
  // In English: people are shown what it says.
  const child = spawn("env", ["LC_ALL=C", program, ...args], { stdio: ["ignore", "pipe", "pipe"], signal });
  lowerPriority(child.pid);
  child.stdout.on("data", (chunk: Buffer) => onOutput?.(chunk));
  createInterface({ input: child.stderr }).on("line", complain);
  child.on("error", (error) => {
    if (signal?.aborted) return reject(error);
    complain(error.message);
    resolve(complaints);
  });
  child.on("close", (exitCode) => {
    if (signal?.aborted) return reject(signal.reason);
    if (exitCode !== 0 && complaints.count === 0) complain(`${program} ended with ${exitCode}`);
    resolve(complaints);
  });
  return promise;
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}

/** `rm -v` prints a line for each entry. A name with a line break counts twice: it is a sign of life, not a sum. */
class EntryCount {
  #removed = 0;
  #toldAt = performance.now();
  readonly #progress: RemovalOptions["progress"];

  constructor(progress: RemovalOptions["progress"]) {
    this.#progress = progress;
  }

  add(chunk: Buffer): void {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.#removed += 1;
    if (performance.now() - this.#toldAt >= PROGRESS_EVERY_MS) this.tell();
  }

  tell(): void {
    this.#toldAt = performance.now();
    if (this.#removed > 0) this.#progress?.(this.#removed);
  }
}

/** People read this: no path of the server's is in it. */
function notRemovable(trees: readonly string[], { count, first }: Complaints): Error {
  const named = first.map((line) => trees.reduce((text, tree) => text.replaceAll(tree, "."), line));
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return unavailable(
    `${count} ${count === 1 ? "entry" : "entries"} cannot be removed: ${named.join("; ")}${more}. On the machine Berth runs on, as root, clear their flags with "chattr -i -a" and unmount what is mounted there. It is tried again until it works.`,
  );
}
