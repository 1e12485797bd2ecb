import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { ProcessTree, sharedReading } from "./process-tree.ts";

/** A Node process that holds this much memory and prints its process id, until it is ended. */
const HOLDER = (megabytes: number) =>
  `globalThis.held = Buffer.alloc(${megabytes} << 20, 1); process.stdout.write(process.pid + "\\n"); setInterval(() => {}, 1000)`;

function start(file: string, args: string[], detached = false): ChildProcess {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], detached });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** The first line of a child's output: its own process id, or that of a process it started. */
async function pidOf(child: ChildProcess): Promise<number> {
  for await (const text of child.stdout ?? []) {
    const pid = Number(String(text).trim());
    onTestFinished(() => {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has already ended.
      }
    });
    return pid;
  }
  throw new Error("The child printed nothing.");
}

const megabytesOf = async (tree: ProcessTree) => ((await tree.read()).memoryBytes ?? 0) / 2 ** 20;

test("counts the root's descendants and no other process", async () => {
  const root = start(process.execPath, ["-e", HOLDER(150)]);
  const other = start(process.execPath, ["-e", HOLDER(300)]);
  await Promise.all([pidOf(root), pidOf(other)]);
  const seen = await megabytesOf(new ProcessTree(root.pid, false));
  expect(seen).toBeGreaterThan(150);
  expect(seen).toBeLessThan(300);
});

test("counts a background program after its shell has ended", async () => {
  // The root starts a shell in its own session, which leaves a program behind.
  const script = `
    const { spawn } = require("node:child_process");
    const shell = spawn("sh", ["-c", '"$0" -e "$1" & read line', process.execPath, ${JSON.stringify(HOLDER(200))}],
      { stdio: ["pipe", "inherit", "inherit"], detached: true });
    process.on("SIGUSR2", () => shell.stdin.end("go\\n"));
    setInterval(() => {}, 1000);`;
  const root = start(process.execPath, ["-e", script]);
  const left = await pidOf(root);
  const tree = new ProcessTree(root.pid, false);
  expect(await megabytesOf(tree)).toBeGreaterThan(200);
  const parentOf = async () => /\) \S (\d+)/.exec(await readFile(`/proc/${left}/stat`, "utf8"))?.[1];
  const shell = await parentOf();
  root.kill("SIGUSR2");
  await expect.poll(parentOf).not.toBe(shell);
  expect(await megabytesOf(tree)).toBeGreaterThan(200);
  // A tree that never saw it there cannot attribute it.
  expect(await megabytesOf(new ProcessTree(root.pid, false))).toBeLessThan(200);
});

test("counts all visible processes in a separate PID namespace", async () => {
  const unrelated = start(process.execPath, ["-e", HOLDER(200)], true);
  await pidOf(unrelated);
  expect(await megabytesOf(new ProcessTree(process.pid, true))).toBeGreaterThan(200);
});

test("200 daemons in one process share one reading of the host's processes", async () => {
  let readings = 0;
  const readAll = sharedReading(async () => {
    readings += 1;
    return [{ pid: process.pid, parent: 1, session: 1, ticks: readings, pages: 1 }];
  }, 50);
  const readAllTrees = () =>
    Promise.all(Array.from({ length: 200 }, () => new ProcessTree(process.pid, false, readAll).read()));
  for (const { memoryBytes } of await readAllTrees()) expect(memoryBytes).toBe(4096);
  expect(readings).toBe(1);
  await expect.poll(async () => (await readAllTrees()) && readings).toBe(2);
});
