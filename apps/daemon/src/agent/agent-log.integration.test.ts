import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentLog } from "./agent-log.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-log-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("the log is bounded: its end and some of what came before", async () => {
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

test("a chunk larger than the log leaves its end, a tail never begins inside a character", async () => {
  const log = new AgentLog(directory, 1000);
  log.append(Buffer.from("ü".repeat(2000)));
  expect((await log.tail(401)).text).toBe("ü".repeat(200));
  log.close();
});

test("a daemon that starts again goes on with the log", async () => {
  const first = new AgentLog(directory, 1000);
  first.append(Buffer.from("before\n"));
  first.close();
  const second = new AgentLog(directory, 1000);
  second.append(Buffer.from("after\n"));
  expect(await second.tail(1000)).toEqual({ text: "before\nafter\n", truncated: false });
  second.close();
});
