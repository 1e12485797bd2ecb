import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemCalls } from "../native/system-calls.ts";
import { AgentLog } from "./agent-log.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-log-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("the log keeps its end and stays within its size limit", async () => {
  const log = new AgentLog(directory, 1000);
  for (let line = 0; line < 500; line += 1) log.append(Buffer.from(`line ${line}\n`));
  const { text, truncated } = await log.tail(100);
  expect(text.endsWith("line 498\nline 499\n")).toBe(true);
  expect(truncated).toBe(true);
  const whole = await log.tail(10_000);
  expect(whole.text.length).toBeGreaterThan(500);
  expect(whole.truncated).toBe(false);

  const files = await readdir(directory);
  expect(files.sort()).toEqual(["agent.log", "agent.log.1"]);
  for (const file of files) expect((await stat(join(directory, file))).size).toBeLessThanOrEqual(500);
  log.close();
});

test("a chunk larger than the log keeps its end, and a tail never starts inside a character", async () => {
  const log = new AgentLog(directory, 1000);
  log.append(Buffer.from("ü".repeat(2000)));
  expect((await log.tail(401)).text).toBe("ü".repeat(200));
  log.close();
});

test("a restarted daemon appends to the existing log", async () => {
  const first = new AgentLog(directory, 1000);
  first.append(Buffer.from("before\n"));
  first.close();
  const second = new AgentLog(directory, 1000);
  second.append(Buffer.from("after\n"));
  expect(await second.tail(1000)).toEqual({ text: "before\nafter\n", truncated: false });
  second.close();
});

describe("when a program has replaced the log with", () => {
  const PLANTED: Record<string, (path: string) => void> = {
    "a pipe": (path) => systemCalls()?.makePipe(path, 0o600),
    "a pipe with a reader": (path) => {
      systemCalls()?.makePipe(path, 0o600);
      readers.push(spawn("cat", [path], { stdio: "ignore" }));
    },
    "a folder": (path) => mkdirSync(path),
    "a link to another file": (path) => {
      writeFileSync(join(directory, "other"), "kept");
      symlinkSync("other", path);
    },
  };
  const readers: ChildProcess[] = [];
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.kill("SIGKILL");
  });

  test.each(Object.keys(PLANTED))("%s, the daemon starts and logs", async (what) => {
    PLANTED[what]?.(join(directory, "agent.log"));
    const log = new AgentLog(directory, 1000);
    log.append(Buffer.from("text\n"));
    expect(await log.tail(1000)).toEqual({ text: "text\n", truncated: false });
    expect((await readdir(directory)).some((name) => name.endsWith(".not-a-log"))).toBe(true);
    log.close();
  });

  test.each(Object.keys(PLANTED))(
    "%s while it runs, the daemon keeps logging after the next rotation",
    async (what) => {
      const log = new AgentLog(directory, 1000);
      log.append(Buffer.from("lost\n"));
      for (const name of ["agent.log", "agent.log.1"]) {
        await rm(join(directory, name), { force: true });
        PLANTED[what]?.(join(directory, name));
        await rm(join(directory, "other"), { force: true });
      }
      expect(await log.tail(1000)).toEqual({ text: "", truncated: false });
      for (let line = 0; line < 500; line += 1) log.append(Buffer.from(`line ${line}\n`));
      expect((await log.tail(1000)).text.endsWith("line 499\n")).toBe(true);
      log.close();
    },
  );

  test("a file of a terabyte, the daemon reads only its end", async () => {
    const log = new AgentLog(directory, 1000);
    await truncate(join(directory, "agent.log"), 2 ** 40);
    const { text } = await log.tail(100);
    expect(text).toBe("\0".repeat(100));
    log.close();
  });
});
