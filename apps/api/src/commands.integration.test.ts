import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@berth/db/testing";
import type { BerthEvent, Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endAll, ownerOf, processesWith, startProcess } from "./testing/api-process.ts";
import { commandResultShape, commandShape } from "./testing/api-shapes.ts";
import { commandCalls, execLines, OutputReader } from "./testing/command-calls.ts";
import { freePort } from "./testing/free-port.ts";
import { endWorkspaces, openTestApi, type TestApi, until } from "./testing/test-api.ts";

const json = { "content-type": "application/json" };

/** A number of seconds that no other process on this host sleeps. */
let sleeps = 7_000_000 + process.pid;
const uniqueSleep = () => `sleep ${++sleeps}`;
const isGone = (sleep: string) =>
  until(async () => ((await processesWith(sleep.replace(" ", "\0"))).length === 0 ? true : undefined));
const runs = (sleep: string) =>
  until(async () => ((await processesWith(sleep.replace(" ", "\0"))).length > 0 ? true : undefined));

describe("commands", () => {
  let api: TestApi;
  let workspace: Workspace;
  let commands: ReturnType<typeof commandCalls>;
  beforeAll(async () => {
    api = await openTestApi({ environment: { BERTH_BACKENDS: "local,memory" } });
    workspace = await api.workspace({ name: "commands", compute: { backend: "local" } });
    commands = callsOf(workspace.id);
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const callsOf = (workspaceId: string) =>
    commandCalls({ origin: api.listening, token: api.api.ownerToken, call: api.call }, workspaceId);
  const verb = async (name: string, input: object = {}) => {
    const response = await api.call(`workspaces.${name}`, { id: workspace.id, ...input });
    expect(await api.operationEnded(response.data.id)).toMatchObject({ status: "succeeded" });
  };
  const eventsOf = async (id: string): Promise<BerthEvent[]> => {
    const { data } = await api.call("events.list", { workspaceId: workspace.id, limit: 500 });
    return (data.items as BerthEvent[]).filter((event) => "commandId" in event.data && event.data.commandId === id);
  };

  describe("run", () => {
    test("returns both streams and the exit code, also of a command that fails", async () => {
      const response = await commands.run({ command: "echo out; echo err >&2; exit 3" });
      expect(commandResultShape.parse(response)).toMatchObject({
        ...{ exitCode: 3, signal: null, timedOut: false, stdout: "out\n", stderr: "err\n" },
        ...{ stdoutTruncated: false, stderrTruncated: false },
      });
      const seen = await commands.get(response.commandId);
      expect(commandShape.parse(seen)).toMatchObject({ state: "exited", exitCode: 3, stdoutBytes: 4, stderrBytes: 4 });
      expect(await eventsOf(response.commandId)).toEqual([]);
    });

    test("passes on arguments, variables, input and the directory", async () => {
      const command = ["sh", "-c", 'printf "%s|" "$1" "$VALUE" "$(cat)" "$(pwd)"', "sh", "a b"];
      const input = { command, env: { VALUE: "größe" }, stdin: "aW4=", stdinEncoding: "base64", cwd: "/tmp" };
      expect((await commands.run(input)).stdout).toBe("a b|größe|in|/tmp|");
    });

    test("ends a command at its time limit", async () => {
      const sleep = uniqueSleep();
      const response = await commands.run({ command: `echo before; ${sleep}`, timeoutSeconds: 1 });
      expect(response).toMatchObject({ exitCode: null, signal: "SIGTERM", timedOut: true, stdout: "before\n" });
      await isGone(sleep);
    });

    test("returns the last output within the limit, in whole characters, or all bytes in base64", async () => {
      const cut = await commands.run({ command: ["printf", "%s", "aßßß"], outputLimitBytes: 5 });
      expect(cut).toMatchObject({ stdout: "ßß", stdoutTruncated: true, stderrTruncated: false });
      const bytes = await commands.run({ command: "printf '\\377\\000'", encoding: "base64" });
      expect(Buffer.from(bytes.stdout, "base64")).toEqual(Buffer.from([0xff, 0]));
      expect((await commands.run({ command: "printf 'a\\377'" })).stdout).toBe("a\ufffd");
    });

    test("runs once for one key, also when the caller leaves before the response and asks again", async () => {
      const options = { headers: { "idempotency-key": "run once" } };
      const input = { command: "echo ran >> runs; sleep 1; cat runs" };
      const body = JSON.stringify({ workspaceId: workspace.id, ...input });
      const headers = { ...json, ...options.headers };
      const leave = new AbortController();
      const left = api.request("/trpc/commands.run", { method: "POST", headers, body, signal: leave.signal });
      await until(async () => ((await commands.list({ state: "running" })).length > 0 ? true : undefined));
      leave.abort();
      await expect(left).rejects.toThrow();
      const response = await until(async () => {
        const retry = await commands.call("run", input, options);
        return retry.problem?.code === "idempotency_key_in_use" ? undefined : retry.data;
      });
      expect(response).toMatchObject({ exitCode: 0, stdout: "ran\n" });
      expect(await commands.run(input, options)).toEqual(response);
      const other = await commands.call("run", { command: "echo other" }, options);
      expect([other.status, other.problem?.code]).toEqual([422, "idempotency_key_reused"]);
    });

    test("ends the command when its caller leaves without a key", async () => {
      const sleep = uniqueSleep();
      const leave = new AbortController();
      const body = JSON.stringify({ workspaceId: workspace.id, command: `${sleep} & wait` });
      const left = api.request("/trpc/commands.run", { method: "POST", headers: json, body, signal: leave.signal });
      await runs(sleep);
      leave.abort();
      await expect(left).rejects.toThrow();
      await isGone(sleep);
    });

    test.each([
      [{ command: [] }, 400, "invalid_input", "program"],
      [{ command: " " }, 400, "invalid_input", "empty"],
      [{ command: 7 }, 400, "invalid_input", "array of arguments"],
      [{ command: ["no-such-program"] }, 400, "invalid_input", "no program"],
      [{ command: "true", cwd: "/no/such" }, 400, "invalid_input", "no such directory"],
      [{ command: "true", env: { "A=B": "c" } }, 400, "invalid_input", "no ="],
      [{ command: ["echo", "x".repeat(128 * 1024)] }, 400, "invalid_input", "131071 bytes"],
      [{ command: "true", stdin: "x".repeat(1024 * 1024 + 1) }, 413, "limit_exceeded", "1048576"],
      [{ command: "true", stdin: "a", stdinEncoding: "base64" }, 400, "invalid_input", "base64"],
      [{ command: "true", timeoutSeconds: 3601 }, 400, "invalid_input", "3600"],
      [{ command: Array.from({ length: 9 }, () => "x".repeat(130_000)) }, 413, "limit_exceeded", "1048576"],
    ])("rejects %#", async (input, status, code, message) => {
      const response = await commands.call("run", input);
      expect([response.status, response.problem?.code]).toEqual([status, code]);
      expect(response.problem?.message).toContain(message);
      expect(await commands.list({ state: "running" })).toEqual([]);
    });
  });

  describe("a started command", () => {
    test("goes on without its caller, reads input, is listed, and its end is recorded with an event", async () => {
      const started = await commands.start({ command: 'read line; echo "got $line"; exit 5' });
      expect(commandShape.parse(started)).toMatchObject({ state: "running", endedAt: null });
      expect(await commands.list({ state: "running" })).toMatchObject([{ id: started.id }]);
      await commands.write({ id: started.id, data: "word\n" });
      expect(await commands.ended(started.id)).toMatchObject({ state: "exited", exitCode: 5, stdoutBytes: 9 });
      const closed = await commands.call("write", { id: started.id, data: "more" });
      expect([closed.status, closed.problem?.code]).toEqual([400, "invalid_input"]);
      expect(await eventsOf(started.id)).toMatchObject([
        { type: "command.started" },
        { type: "command.ended", data: { state: "exited", exitCode: 5 } },
      ]);
    });

    test("is started once for one key, and written to once for one key", async () => {
      const options = { headers: { "idempotency-key": "start once" } };
      const input = { command: ["cat"] };
      const [first, second] = [await commands.start(input, options), await commands.start(input, options)];
      expect(second.id).toBe(first.id);
      for (const _ of [1, 2])
        await commands.write({ id: first.id, data: "a" }, { headers: { "idempotency-key": "write once" } });
      await commands.write({ id: first.id, data: "b", end: true });
      expect(await commands.ended(first.id)).toMatchObject({ exitCode: 0, stdoutBytes: 2 });
    });

    test("is ended with all its processes by a signal", async () => {
      const sleep = uniqueSleep();
      const { id } = await commands.start({ command: `setsid ${sleep} & ${sleep}` });
      await runs(sleep);
      await commands.signal(id, "SIGTERM");
      expect(await commands.ended(id)).toMatchObject({ state: "exited", exitCode: null, signal: "SIGTERM" });
      await isGone(sleep);
      expect(await commands.signal(id, "SIGKILL")).toMatchObject({ signal: "SIGTERM" });
    });

    test("streams its output, which continues after a broken connection at the same byte", async () => {
      const { id } = await commands.start({
        command: 'for i in $(seq 1 3000); do echo "$i größe"; [ $((i % 500)) = 0 ] && sleep 0.1; done; exit 4',
      });
      const expected = Array.from({ length: 3000 }, (_, index) => `${index + 1} größe\n`).join("");
      const reader = new OutputReader();
      while (reader.end === undefined) {
        const before = reader.parts.length;
        await reader.read(commands, id, () => reader.parts.length >= before + 2);
      }
      expect(reader.isContinuous).toBe(true);
      expect(reader.text).toBe(expected);
      expect(reader.end).toEqual({ exitCode: 4, signal: null });
    });

    test("keeps a workspace from being hibernated without force, if it was asked to", async () => {
      const { id } = await commands.start({ command: ["sleep", "600"], keepAwake: true });
      const refused = await api.call("workspaces.hibernate", { id: workspace.id });
      expect([refused.status, refused.problem?.code]).toEqual([409, "force_required"]);
      expect(refused.problem?.details).toEqual({ keepAwakeCommands: 1 });
      await commands.signal(id, "SIGKILL");
      await commands.ended(id);
    });

    test("is not found in another workspace, and not with a made-up id", async () => {
      const other = await api.workspace({ name: "other", compute: { backend: "memory" } });
      const { id } = await commands.start({ command: "true" });
      for (const [name, more] of Object.entries({ get: {}, write: { data: "x" }, signal: { signal: "SIGKILL" } })) {
        const response = await callsOf(other.id).call(name, { id, ...more });
        expect([response.status, response.problem?.code]).toEqual([404, "not_found"]);
      }
    });
  });

  describe("POST /exec", () => {
    test("streams lines: the command, its output by offset, its exit", async () => {
      const response = await commands.exec({ command: "echo one; sleep 0.3; printf '\\377'; echo err >&2; exit 6" });
      expect(response.headers.get("content-type")).toContain("application/x-ndjson");
      const lines = await execLines(response);
      expect(lines[0]).toMatchObject({ started: { state: "running", workspaceId: workspace.id } });
      expect(lines).toContainEqual({ stream: "stdout", offset: 0, data: "one\n" });
      expect(lines).toContainEqual({ stream: "stdout", offset: 4, data: "/w==", encoding: "base64" });
      expect(lines).toContainEqual({ stream: "stderr", offset: 0, data: "err\n" });
      expect(lines.at(-1)).toMatchObject({ exit: { exitCode: 6, timedOut: false, stdoutBytes: 5, stderrBytes: 4 } });
    });

    const execThenLeave = async (body: object, sleep: string): Promise<string> => {
      const leave = new AbortController();
      const response = await commands.exec({ command: `${sleep} & wait`, ...body }, { signal: leave.signal });
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const { started } = JSON.parse(Buffer.from((await reader.read()).value ?? []).toString());
      await runs(sleep);
      leave.abort();
      return started.id;
    };

    test("ends the command when the caller leaves", async () => {
      const sleep = uniqueSleep();
      const id = await execThenLeave({}, sleep);
      expect(await commands.ended(id)).toMatchObject({ signal: "SIGTERM" });
      await isGone(sleep);
    });

    test("leaves a detached command running when the caller leaves", async () => {
      const sleep = uniqueSleep();
      const id = await execThenLeave({ detach: true }, sleep);
      // A caller that left ends its command within this time.
      await commands.run({ command: "sleep 0.5" });
      expect(await commands.get(id)).toMatchObject({ state: "running" });
      await commands.signal(id, "SIGTERM");
      expect(await commands.ended(id)).toMatchObject({ signal: "SIGTERM" });
    });

    test("with the key of an earlier request streams that command again", async () => {
      const headers = { "idempotency-key": "exec once" };
      const body = { command: "echo ran >> execs; cat execs" };
      const [first, second] = [
        await execLines(await commands.exec(body, { headers })),
        await execLines(await commands.exec(body, { headers })),
      ];
      expect(second.slice(1)).toEqual(first.slice(1));
      expect(second).toContainEqual({ stream: "stdout", offset: 0, data: "ran\n" });
      expect((await commands.exec({ command: "true" }, { headers })).status).toBe(422);
    });

    test("reports a problem before the first line as a status, in the shape of all errors", async () => {
      for (const [body, status, code] of [
        [{ command: ["no-such-program"] }, 400, "invalid_input"],
        [{ command: "true", unknown: 1 }, 400, "invalid_input"],
        [{}, 400, "invalid_input"],
      ] as const) {
        const response = await commands.exec(body);
        const { error } = (await response.json()) as { error: { data: { problem: { code: string } } } };
        expect([response.status, error.data.problem.code]).toEqual([status, code]);
      }
      expect((await callsOf("8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f").exec({ command: "true" })).status).toBe(404);
    });
  });

  test("wake a hibernated workspace when run, but not when read; a command of its earlier machine is lost", async () => {
    const before = await commands.start({ command: ["sleep", "600"] });
    await verb("hibernate");
    expect(await commands.get(before.id)).toMatchObject({ state: "lost", exitCode: null });
    expect(await eventsOf(before.id)).toMatchObject([
      { type: "command.started" },
      { type: "command.ended", data: { state: "lost", exitCode: null } },
    ]);
    const read = async () => {
      for await (const _ of commands.output(before.id));
    };
    await expect(read()).rejects.toThrow(/went away/);
    expect((await api.call("workspaces.get", { id: workspace.id })).data.status).toBe("hibernated");
    expect(await commands.run({ command: "echo awake" })).toMatchObject({ stdout: "awake\n" });
    await verb("pause");
    const paused = await commands.call("run", { command: "true" });
    expect([paused.status, paused.problem?.code]).toEqual([409, "workspace_not_running"]);
    await verb("resume");
  });

  test("retried with the same key after a new machine start nothing again", async () => {
    const options = { headers: { "idempotency-key": "over two machines" } };
    const started = await commands.start({ command: ["sleep", "600"] }, options);
    await verb("restart");
    // As if the first response had been lost.
    await api.pool.query("delete from idempotency_keys where key = 'over two machines'");
    expect(await commands.start({ command: ["sleep", "600"] }, options)).toMatchObject({
      id: started.id,
      state: "lost",
    });
    expect(await commands.list({ state: "running" })).toEqual([]);
  });

  test("also run in the memory backend", async () => {
    const other = await api.workspace({ name: "memory", compute: { backend: "memory" } });
    expect(await callsOf(other.id).run({ command: "echo here; exit 2" })).toMatchObject({
      exitCode: 2,
      stdout: "here\n",
    });
  });
});

test("commands survive the API's death: output continues at the same byte, and a retry starts nothing twice", async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "berth-commands-"));
  await using database = await createTestDatabase();
  const PORT = String(await freePort());
  const start = () =>
    startProcess({ BERTH_DATA_DIR: dataDirectory, DATABASE_URL: database.url, PORT, BERTH_BACKENDS: "local" });
  try {
    const first = start();
    const owner = await ownerOf(first, dataDirectory);
    const ended = (id: string) =>
      until(async () => {
        const { data } = await owner.call("operations.get", { id });
        return ["succeeded", "failed"].includes(data.status) ? data : undefined;
      });
    const { data } = await owner.call("workspaces.create", { name: "commands" });
    await ended(data.operation.id);
    const commands = commandCalls(owner, data.workspace.id);
    const counting = 'for i in $(seq 1 60); do echo "line $i"; sleep 0.05; done; exit 9';
    const { id } = await commands.start({ command: counting });
    const keyed = { command: "echo ran >> runs; sleep 2; cat runs" };
    const options = { headers: { "idempotency-key": "through a restart" } };
    const interrupted = commands.call("run", keyed, options).catch(() => null);
    await until(async () => ((await commands.list({ state: "running" })).length === 2 ? true : undefined));
    const reader = new OutputReader();
    const kill = async () => {
      if (reader.text.length < 50) return false;
      await first.kill("SIGKILL");
      return true;
    };
    await reader.read(commands, id, kill).catch(() => {});
    expect(reader.end).toBeUndefined();
    await interrupted;

    const second = start();
    await second.ready;
    await until(async () => {
      await reader.read(commands, id).catch(() => {});
      return reader.end;
    });
    expect(reader.end).toEqual({ exitCode: 9, signal: null });
    expect(reader.isContinuous).toBe(true);
    expect(reader.text).toBe(Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`).join(""));
    expect(await commands.run(keyed, options)).toMatchObject({ exitCode: 0, stdout: "ran\n" });
    await endWorkspaces(owner.call, ended);
    expect(await second.kill("SIGTERM")).toBe(0);
  } finally {
    await endAll();
    await rm(dataDirectory, { recursive: true, force: true });
  }
});
