import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestBerth, ranOf, type TestBerth } from "./testing/test-berth.ts";

let berth: TestBerth;
let workspaceId: string;
beforeAll(async () => {
  berth = await openTestBerth();
  const { json } = await berth.run(["create", "runner", "--json"]);
  workspaceId = json.workspace.id;
});
afterAll(() => berth[Symbol.asyncDispose]());

const exec = (args: readonly string[], stdin: string | Buffer = "") => berth.run(["exec", ...args], { stdin });
const commands = async () => (await berth.run(["commands", "list", "runner", "--json"])).json;
const running = async () =>
  (await commands()).filter(({ state }: { state: string }) => state === "running").map(({ id }: { id: string }) => id);

describe("exec", () => {
  test("keeps the streams apart and exits with the code of the command", async () => {
    const ran = await exec(["runner", "sh", "-c", "echo out; echo err >&2; exit 42"]);
    expect(ran).toMatchObject({ code: 42, stdout: "out\n", stderr: "err\n" });
  });

  test("passes arguments unchanged, options of the command included", async () => {
    const args = ["--", "printf", "%s|", "a b", "$HOME", "-h", "--json", ""];
    expect(await exec(["runner", ...args])).toMatchObject({ code: 0, stdout: "a b|$HOME|-h|--json||" });
  });

  test("sets the directory and variables, and gives a line to the shell", async () => {
    const ran = await exec(["--cwd", "/tmp", "-e", "A=1", "-e", "B=x=y", "--shell", "runner", "pwd; echo $A$B | cat"]);
    expect(ran).toMatchObject({ code: 0, stdout: "/tmp\n1x=y\n" });
  });

  test("passes standard input and output on byte by byte", async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));
    const child = berth.start(["exec", "runner", "cat"]);
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdin?.end(bytes);
    expect(await once(child, "close")).toEqual([0, null]);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test("loses nothing of a flood that starts before it is read", async () => {
    const { stdout } = await exec(["--no-stdin", "runner", "seq", "1", "2000000"]);
    expect(stdout.length).toBe(14_888_896);
    expect(stdout.endsWith("1999999\n2000000\n")).toBe(true);
  });

  test("prints lines of JSON and nothing else", async () => {
    const ran = await exec(["--json", "runner", "sh", "-c", "printf 'a\\377'; exit 2"]);
    expect(ran).toMatchObject({ code: 2, stderr: "" });
    expect(ran.lines).toMatchObject([
      { started: { state: "running" } },
      { stream: "stdout", offset: 0, data: "a", encoding: "utf8" },
      { stream: "stdout", offset: 1, data: "/w==", encoding: "base64" },
      { exit: { exitCode: 2, signal: null, timedOut: false } },
    ]);
  });

  test("exits with 124 after the time limit, with 125 when Berth fails, and with 128 and the signal", async () => {
    expect(await exec(["--timeout", "1", "runner", "sleep", "600"])).toMatchObject({ code: 124 });
    expect(await exec(["runner", "no-such-program"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("There is no program 'no-such-program'"),
    });
    expect(await exec(["runner", "sh", "-c", "kill -KILL $$"])).toMatchObject({ code: 137 });
  });

  test("sends Ctrl-C to the command, which decides", async () => {
    const child = berth.start([
      "exec",
      "runner",
      "sh",
      "-c",
      "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done",
    ]);
    const ended = ranOf(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 9, stdout: "ready\ncaught\n" });
  });

  test("ends the command when its output is no longer read", async () => {
    const child = berth.start(["exec", "runner", "yes"]);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    child.stdout?.destroy();
    expect(await once(child, "close")).toEqual([141, null]);
    await expect.poll(running).toEqual([]);
  });

  test("goes on at the same byte after a restart of the API", async () => {
    const child = berth.start(["exec", "runner", "sh", "-c", "seq 1 1000; sleep 2; seq 1001 2000; exit 5"]);
    const ended = ranOf(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    await berth.api.kill();
    await berth.api.start();
    const ran = await ended;
    expect(ran.stdout.split("\n")).toEqual([...Array.from({ length: 2000 }, (_, index) => `${index + 1}`), ""]);
    expect(ran.code).toBe(5);
  });
});

describe("a detached command", () => {
  test("prints its id, and is listed, followed, attached and stopped", async () => {
    const detached = await exec(["--detach", "runner", "sh", "-c", "read line; echo got $line; exit 6"]);
    const id = detached.stdout.trim();
    expect(detached).toMatchObject({ code: 0, stderr: expect.stringContaining("berth commands output runner") });
    expect(id).toMatch(/^[\da-f-]{36}$/);

    const server = (await exec(["--detach", "--json", "runner", "sh", "-c", "echo up; exec sleep 600"])).json;
    expect(server).toMatchObject({ workspaceId, state: "running" });
    await expect
      .poll(async () => (await berth.run(["commands", "output", "runner", server.id, "--no-follow"])).stdout)
      .toBe("up\n");
    expect(await berth.run(["commands", "stop", "runner", server.id])).toMatchObject({ code: 0 });
    expect(await berth.run(["commands", "output", "runner", server.id])).toMatchObject({ code: 143, stdout: "up\n" });
  });

  test("reads standard input of attach", async () => {
    const { id } = await berth.client.commands.start.mutate({
      workspaceId,
      command: "read line; echo got $line; exit 6",
    });
    const attached = await berth.run(["commands", "attach", "runner", id], { stdin: "it\n" });
    expect(attached).toMatchObject({ code: 6, stdout: "got it\n" });
  });
});

test("a shell runs what comes from standard input", async () => {
  const ran = await berth.run(["shell", "runner"], { stdin: "echo shell-$((40+2)); exit 3\n" });
  expect(ran).toMatchObject({ code: 3, stdout: expect.stringContaining("shell-42") });
});
