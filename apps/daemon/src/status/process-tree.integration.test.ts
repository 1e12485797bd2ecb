import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { ProcessTree, sharedReading } from "./process-tree.ts";

/** A node that holds this much memory and says its process id, until it is ended. */
const HOLDER = (megabytes: number) =>
  `globalThis.held = Buffer.alloc(${megabytes} << 20, 1); process.stdout.write(process.pid + "\\n"); setInterval(() => {}, 1000)`;

function start(file: string, args: string[], detached = false): ChildProcess {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], detached });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** The first line a child prints: its own process id, or that of one it started. */
async function pidOf(child: ChildProcess): Promise<number> {
  for await (const text of child.stdout ?? []) {
    const pid = Number(String(text).trim());
    onTestFinished(() => {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    });
    return pid;
  }
  throw new Error("The child said nothing.");
}

const megabytesOf = async (tree: ProcessTree) => ((await tree.read()).memoryBytes ?? 0) / 2 ** 20;

test("counts what it started and nobody else", async () => {
  const root = start(process.execPath, ["-e", HOLDER(150)]);
  const neighbour = start(process.execPath, ["-e", HOLDER(300)]);
  await Promise.all([pidOf(root), pidOf(neighbour)]);
  const seen = await megabytesOf(new ProcessTree(root.pid, false));
  expect(seen).toBeGreaterThan(150);
  expect(seen).toBeLessThan(300);
});

test("counts a program in the background after the shell that began it has ended", async () => {
  // The root starts a shell in a session of its own, which leaves a program behind.
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
  // Whoever has not seen it there cannot know whose it is.
  expect(await megabytesOf(new ProcessTree(root.pid, false))).toBeLessThan(200);
});

test("counts everyone where only its own can be seen", async () => {
  const stranger = start(process.execPath, ["-e", HOLDER(200)], true);
  await pidOf(stranger);
  expect(await megabytesOf(new ProcessTree(process.pid, true))).toBeGreaterThan(200);
});

test("200 daemons in one process read the processes of the machine once, and again later", async () => {
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
