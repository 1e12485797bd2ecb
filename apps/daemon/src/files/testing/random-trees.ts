import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("random_tree.py", import.meta.url));

/** What Python, which shares no code with the daemon, says of one entry. */
export interface DescribedEntry {
  /** The first letter of `ls -l`. */
  kind: string;
  mode: string;
  owner: string;
  mtime: string;
  attributes: Readonly<Record<string, string>>;
  target?: string;
  size?: number;
  /** Takes less room than it is long. */
  sparse?: boolean;
  sha256?: string;
  /** The first path of the same file. */
  sameAs?: string;
}

/** By path, with `.` for the folder itself. Bytes are written as Latin-1. */
export type DescribedTree = Readonly<Record<string, DescribedEntry>>;

/** Fills a folder with a random tree: the same for the same seed. */
export async function makeRandomTree(seed: number, folder: string, kind: "every" | "plain" = "every"): Promise<void> {
  await run("python3", [SCRIPT, "make", String(seed), folder, `kind=${kind}`]);
}

export async function describeTree(folder: string): Promise<DescribedTree> {
  const { stdout } = await run("python3", [SCRIPT, "describe", folder], { maxBuffer: 64 << 20, encoding: "latin1" });
  return JSON.parse(stdout) as DescribedTree;
}
