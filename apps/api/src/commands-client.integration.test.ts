import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ExecMessage, execCommand } from "@berth/client";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, REPOSITORY, type TestApi, until } from "./testing/test-api.ts";

let api: TestApi;
let workspace: Workspace;
beforeAll(async () => {
  api = await openTestApi();
  workspace = await api.workspace({ name: "commands" });
});
afterAll(() => api[Symbol.asyncDispose]());

const options = () => ({ url: api.listening, token: api.api.ownerToken, workspaceId: workspace.id });

test("execCommand yields the command, its bytes unchanged, and its exit", async () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
  const messages: ExecMessage[] = [];
  const body = { command: ["cat"], stdin: all.toString("base64"), stdinEncoding: "base64" } as const;
  for await (const message of execCommand(options(), body)) messages.push(message);
  const output = messages.flatMap((message) => ("output" in message ? [message.output.bytes] : []));
  expect(Buffer.concat(output).equals(all)).toBe(true);
  expect(messages[0]).toMatchObject({ started: { state: "running" } });
  expect(messages.at(-1)).toMatchObject({ exit: { exitCode: 0, stdoutBytes: 256 } });
});

test("execCommand throws the server's problem", async () => {
  const read = async () => {
    for await (const _ of execCommand(options(), { command: ["no-such-program"] }));
  };
  await expect(read()).rejects.toMatchObject({ problem: { code: "invalid_input" } });
});

test("leaving the loop of execCommand ends the command", async () => {
  let id = "";
  for await (const message of execCommand(options(), { command: ["sleep", "600"] })) {
    if ("started" in message) id = message.started.id;
    break;
  }
  const state = async () => (await api.call("commands.get", { workspaceId: workspace.id, id })).data;
  const ended = await until(async () => ((await state()).state === "running" ? undefined : state()));
  expect(ended).toMatchObject({ state: "exited", signal: "SIGTERM" });
});

test("the example in docs/commands.md prints the output and the exit codes", async () => {
  const document = await readFile(join(REPOSITORY, "docs/commands.md"), "utf8");
  const [, example = ""] = /```ts\n(.*?)```/s.exec(document) ?? [];
  const folder = await mkdtemp(join(tmpdir(), "berth-example-"));
  try {
    await mkdir(join(folder, "node_modules/@berth"), { recursive: true });
    await symlink(join(REPOSITORY, "packages/client"), join(folder, "node_modules/@berth/client"));
    const preamble = Object.entries(options()).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
    await writeFile(join(folder, "example.mts"), [...preamble, example].join("\n"));
    const { stdout } = await promisify(execFile)(process.execPath, ["example.mts"], { cwd: folder, timeout: 50_000 });
    expect(stdout).toContain("3 Linux\n");
    expect(stdout).toContain("1\n2\n3\n");
    expect(stdout).toMatch(/exitCode: 0/);
    expect(stdout).toContain("started\n{ exitCode: 4, signal: null }");
  } finally {
    await rm(folder, { recursive: true });
  }
});
