import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("random_tree.py", import.meta.url));

/** One entry as read by Python, which shares no code with the daemon. */
export interface DescribedEntry {
  /** The first letter of `ls -l`. */
  kind: string;
  mode: string;
  owner: string;
  mtime: string;
  attributes: Readonly<Record<string, string>>;
  target?: string;
  size?: number;
  /** True when the file uses less space than its length. */
  sparse?: boolean;
  sha256?: string;
  device?: string;
  /** The first path of a file with several hard links. */
  sameAs?: string;
}

/** Keyed by path, with `.` for the folder itself. Bytes are encoded as Latin-1. */
export type DescribedTree = Readonly<Record<string, DescribedEntry>>;

export type TreeKind = "every" | "plain" | "devices";

/** Fills a folder with a random tree that depends only on the seed. */
export async function makeRandomTree(seed: number, folder: string, kind: TreeKind = "every"): Promise<void> {
  await ask({ do: "make", seed, folder, kind });
}

export async function describeTree(folder: string): Promise<DescribedTree> {
  return (await ask({ do: "describe", folder })) as DescribedTree;
}

/** The names in an archive as Python's tarfile reads them. */
export async function readTarNames(archive: string): Promise<string[]> {
  return (await ask({ do: "tar", archive })) as string[];
}

interface ReadZip {
  names: string[];
  /** The SHA-256 of every file. */
  files: Record<string, string>;
  /** Berth's report of missing or different entries; empty when there are none. */
  report: string;
}

/** A zip as Python's zipfile reads it. */
export async function readZip(archive: string): Promise<ReadZip> {
  return (await ask({ do: "zip", archive })) as ReadZip;
}

type Script = ChildProcessByStdio<Writable, Readable, null>;

let running: { script: Script; responses: AsyncIterator<string> } | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Sends requests one by one to one process, because starting Python takes longer than most requests. */
function ask(request: object): Promise<unknown> {
  const response = last.then(() => askNow(request));
  last = response.catch(() => {});
  return response;
}

async function askNow(request: object): Promise<unknown> {
  running ??= start();
  running.script.stdin.write(`${JSON.stringify(request)}\n`);
  const { value } = await running.responses.next();
  if (typeof value !== "string") throw new Error("random_tree.py has ended.");
  const { result, error } = JSON.parse(value) as { result?: unknown; error?: string };
  if (error !== undefined) throw new Error(`random_tree.py: ${error}`);
  return result;
}

/** The script ends with this process, because its input closes. */
function start() {
  const script = spawn("python3", [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  script.unref();
  const responses = createInterface({ input: script.stdout })[Symbol.asyncIterator]();
  return { script, responses };
}
