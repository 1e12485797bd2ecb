import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AttachedTerminal, attachTerminal, type TerminalEnd } from "@berth/client";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "./testing/free-port.ts";
import { openTestApi, REPOSITORY, type TestApi, until } from "./testing/test-api.ts";

let api: TestApi;
let workspace: Workspace;
beforeAll(async () => {
  api = await openTestApi({ environment: { BERTH_BACKENDS: "local" } });
  workspace = await api.workspace({ name: "terminals" });
});
afterAll(() => api[Symbol.asyncDispose]());

const create = async (): Promise<string> => (await api.call("terminals.create", { workspaceId: workspace.id })).data.id;

interface Viewer {
  terminal: AttachedTerminal;
  readonly text: string;
  readonly ends: TerminalEnd[];
  ended(): Promise<TerminalEnd>;
}

type Options = Partial<Parameters<typeof attachTerminal>[0]>;

function attach(terminalId: string, options: Options = {}): Viewer {
  let text = "";
  const ends: TerminalEnd[] = [];
  const terminal = attachTerminal({
    ...{ url: api.listening, token: api.api.ownerToken, workspaceId: workspace.id, terminalId },
    onOutput(bytes) {
      text += Buffer.from(bytes).toString("latin1");
    },
    onEnd: (end) => ends.push(end),
    ...options,
  });
  return {
    terminal,
    ends,
    get text() {
      return text;
    },
    ended: () => until(async () => ends[0]),
  };
}

describe("the typed client of a terminal", () => {
  test("sends input from before the connection, in order", async () => {
    const viewer = attach(await create());
    for (let line = 1; line <= 50; line += 1) viewer.terminal.write(`echo line ${line}-\n`);
    viewer.terminal.write("exit 6\n");
    expect(await viewer.ended()).toEqual({ reason: "exited", exitCode: 6 });
    const lines = [...viewer.text.matchAll(/^line (\d+)-\r$/gm)].map(([, line]) => Number(line));
    expect(lines).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    viewer.terminal.write("ignored\n");
    viewer.terminal.close();
    expect(viewer.ends).toHaveLength(1);
  });

  test("rejects input above its buffer limit instead of dropping it", async () => {
    const viewer = attach(await create(), { url: `http://127.0.0.1:${await freePort()}` });
    viewer.terminal.write("x".repeat(1024 * 1024));
    expect(() => viewer.terminal.write("y")).toThrow("can be queued");
    viewer.terminal.close();
    expect(viewer.ends).toEqual([{ reason: "detached" }]);
  });

  test("resumes in order with a slow reader", async () => {
    let text = "";
    const viewer = attach(await create(), {
      async onOutput(bytes) {
        // Simulates a slow reader.
        await new Promise((resolve) => setTimeout(resolve, 1));
        text += Buffer.from(bytes).toString("latin1");
      },
    });
    viewer.terminal.resize({ columns: 97, rows: 31 });
    viewer.terminal.write("stty size; seq 1 100000; exit 4\n");
    expect(await viewer.ended()).toEqual({ reason: "exited", exitCode: 4 });
    expect(text).toContain("31 97");
    const numbers = text
      .slice(text.lastIndexOf("31 97") + 5)
      .match(/\d+/g)
      ?.slice(0, 100_000);
    expect(numbers).toEqual(Array.from({ length: 100_000 }, (_, index) => String(index + 1)));
  });

  test("replays the last output and the exit code of an ended terminal", async () => {
    const id = await create();
    const first = attach(id);
    first.terminal.write("echo last''words; exit 2\n");
    await first.ended();
    const second = attach(id);
    expect(await second.ended()).toEqual({ reason: "exited", exitCode: 2 });
    expect(second.text).toContain("lastwords");
  });
});

test("the example in docs/api.md prints the output and the exit code", async () => {
  const document = await readFile(join(REPOSITORY, "docs/api.md"), "utf8");
  const [, example = ""] = /```ts\n(.*?)```/s.exec(document.slice(document.indexOf("## Terminals"))) ?? [];
  const folder = await mkdtemp(join(tmpdir(), "berth-example-"));
  try {
    await mkdir(join(folder, "node_modules/@berth"), { recursive: true });
    await symlink(join(REPOSITORY, "packages/client"), join(folder, "node_modules/@berth/client"));
    const variables = { url: api.listening, token: api.api.ownerToken, workspaceId: workspace.id };
    const preamble = Object.entries(variables).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
    await writeFile(join(folder, "example.mts"), [...preamble, example].join("\n"));
    const { stdout } = await promisify(execFile)(process.execPath, ["example.mts"], { cwd: folder, timeout: 50_000 });
    expect(stdout).toContain("Linux\r\n");
    expect(stdout).toContain("{ reason: 'exited', exitCode: 3 }");
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe("onEnd is called once with the reason", () => {
  const lost = async (): Promise<Options> => ({ url: `http://127.0.0.1:${await freePort()}`, giveUpAfterSeconds: 0.5 });
  test.each<[string, () => Options | Promise<Options>, string]>([
    ["for a wrong token", () => ({ token: "wrong" }), "unauthenticated"],
    ["for a workspace that does not exist", () => ({ workspaceId: randomUUID() }), "not_found"],
    ["for a terminal that does not exist", () => ({ terminalId: randomUUID() }), "not_found"],
    ["for an id that is not a UUID", () => ({ terminalId: "first" }), "not_found"],
    ["when the server stays unreachable", lost, "backend_unavailable"],
    ["when onOutput fails", () => ({ onOutput: () => Promise.reject(new Error("disk full")) }), "internal"],
  ])("%s", async (_, options, code) => {
    const id = await create();
    const viewer = attach(id, await options());
    expect(await viewer.ended()).toMatchObject({ reason: "problem", problem: { code } });
    viewer.terminal.close();
    expect(viewer.ends).toHaveLength(1);
    await api.call("terminals.close", { workspaceId: workspace.id, terminalId: id });
  });

  test("when another caller closes the terminal", async () => {
    const id = await create();
    const viewer = attach(id);
    await until(async () => (viewer.text === "" ? undefined : true));
    await api.call("terminals.close", { workspaceId: workspace.id, terminalId: id });
    expect(await viewer.ended()).toMatchObject({ reason: "exited" });
  });
});
