import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@berth/db/testing";
import type { BerthEvent, TerminalFacts, Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endAll, ownerOf, startProcess } from "./testing/api-process.ts";
import { freePort } from "./testing/free-port.ts";
import { connectTerminal, Screen, type ScreenOptions } from "./testing/terminal-screen.ts";
import { endWorkspaces, openTestApi, type TestApi, until } from "./testing/test-api.ts";

describe("terminals", () => {
  let api: TestApi;
  let workspace: Workspace;
  beforeAll(async () => {
    api = await openTestApi({ environment: { BERTH_BACKENDS: "local,memory" } });
    workspace = await api.workspace({ name: "terminals", compute: { backend: "local" } });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const create = async (input: Record<string, unknown> = {}): Promise<TerminalFacts> => {
    const response = await api.call("terminals.create", { workspaceId: workspace.id, ...input });
    expect(response.problem).toBeUndefined();
    return response.data;
  };
  const list = async (): Promise<TerminalFacts[]> =>
    (await api.call("terminals.list", { workspaceId: workspace.id })).data.terminals;
  const running = async () => (await list()).filter(({ endedAt }) => endedAt === null);
  const close = (terminalId: string) => api.call("terminals.close", { workspaceId: workspace.id, terminalId });
  const eventsOf = async (terminalId: string): Promise<BerthEvent[]> => {
    const { data } = await api.call("events.list", { workspaceId: workspace.id, limit: 500 });
    return (data.items as BerthEvent[]).filter(({ data }) => "terminalId" in data && data.terminalId === terminalId);
  };
  const attach = ({ id }: { id: string }, options: Partial<ScreenOptions> = {}) =>
    new Screen(workspace.id, id, { origin: api.listening, token: api.api.ownerToken, ...options });

  test("open, run commands, resize, and close", async () => {
    const facts = await create({ columns: 100, rows: 40 });
    expect(facts).toMatchObject({ columns: 100, rows: 40, attached: 0 });
    const screen = attach(facts);
    expect(await screen.attached()).toEqual({ type: "attached", offset: 0 });
    expect(await screen.ask("stty size")).toBe("40 100");
    screen.sendCommand({ type: "resize", columns: 120, rows: 41 });
    await until(async () => ((await screen.ask("stty size")) === "41 120" ? true : undefined));
    expect(await list()).toMatchObject([{ id: facts.id, attached: 1, columns: 120 }]);
    expect((await close(facts.id)).data).toEqual({ closed: true });
    await until(async () => screen.closed);
    expect(screen.notices.at(-1)).toMatchObject({ type: "exited" });
    expect(await list()).toMatchObject([{ id: facts.id, endReason: "closed" }]);
    expect((await close(facts.id)).data).toEqual({ closed: false });
    const by = (await api.call("session.get")).data.actor.id;
    expect(await eventsOf(facts.id)).toMatchObject([
      { type: "terminal.opened", data: { by } },
      { type: "terminal.closed", data: { by, reason: "closed" } },
    ]);
  });

  test("end with their shell, and replay the last output and the exit code afterwards", async () => {
    const facts = await create();
    const screen = attach(facts);
    await screen.attached();
    screen.type("echo last''words; exit 3\n");
    expect(await until(async () => screen.closed)).toBe(1000);
    expect(screen.notices.at(-1)).toEqual({ type: "exited", exitCode: 3 });
    expect((await list()).at(-1)).toMatchObject({ id: facts.id, endReason: "exited", exitCode: 3 });
    const later = attach(facts);
    expect(await until(async () => later.closed)).toBe(1000);
    expect(later.text).toContain("lastwords");
    expect(later.notices.at(-1)).toEqual({ type: "exited", exitCode: 3 });
    expect((await eventsOf(facts.id)).slice(1)).toMatchObject([
      { type: "terminal.closed", data: { reason: "exited", exitCode: 3, by: null } },
    ]);
  });

  test("that end without a viewer emit one terminal.closed with their exit code", async () => {
    const facts = await create();
    const screen = attach(facts);
    await screen.attached();
    screen.type("touch ready; until [ ! -e ready ]; do sleep 0.1; done; exit 5\n");
    const file = { workspaceId: workspace.id, root: "/workspace", path: "ready" };
    await until(async () => ((await api.call("files.stat", file)).status === 200 ? true : undefined));
    screen.webSocket.terminate();
    await until(async () => ((await list()).at(-1)?.attached === 0 ? true : undefined));
    await api.call("files.delete", file);
    const closed = await until(async () => (await eventsOf(facts.id))[1]);
    expect(closed).toMatchObject({ type: "terminal.closed", data: { reason: "exited", exitCode: 5, by: null } });
    await Promise.all([list(), list(), close(facts.id)]);
    expect(await eventsOf(facts.id)).toHaveLength(2);
  });

  test("resume after a lost connection with the missed output and no duplicates", async () => {
    const facts = await create();
    const before = attach(facts);
    const pid = await before.ask("echo $$");
    before.type("(sleep 0.3; echo mean''while) &\n");
    await before.waitForText(/while\) &\r\n/);
    before.webSocket.terminate();
    await until(async () => before.closed);
    const after = attach(facts, { after: before.offset });
    await after.waitForText(/meanwhile/);
    expect(await after.ask("echo $$")).toBe(pid);
    const whole = attach(facts, { after: 0 });
    await until(async () => (whole.offset === after.offset ? true : undefined));
    expect(whole.text).toBe(before.text + after.text);
    await close(facts.id);
  });

  test("deliver 10 MB to a slow reader completely, and pause the shell for a reader without acknowledgements", async () => {
    const facts = await create();
    const screen = attach(facts, { acknowledge: true });
    await screen.attached();
    screen.type("stty -echo -onlcr; head -c 10000000 /dev/zero | tr '\\0' x; echo en''d\n");
    await screen.waitForText(/xxxx/);
    // Only what the daemon sends ahead, and no more although other calls continue.
    await until(async () => (screen.offset === 128 * 1024 ? true : undefined));
    await list();
    expect(screen.offset).toBe(128 * 1024);
    let acknowledged = 0;
    const slowly = setInterval(() => {
      if (screen.offset === acknowledged) return;
      acknowledged = screen.offset;
      screen.sendCommand({ type: "received", offset: acknowledged });
    }, 2);
    await screen.waitForText(/end\n/, 50);
    clearInterval(slowly);
    const bytes = Buffer.concat(screen.chunks);
    const start = bytes.indexOf("xxxx");
    const printed = bytes.subarray(start, bytes.indexOf("end", start));
    expect(printed.equals(Buffer.alloc(10_000_000, "x"))).toBe(true);
    await close(facts.id);
  });

  test("are limited to eight", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => create()));
    const ninth = await api.call("terminals.create", { workspaceId: workspace.id });
    expect([ninth.status, ninth.problem?.code, ninth.problem?.details]).toEqual([
      413,
      "limit_exceeded",
      { limit: "terminalsMax", max: 8 },
    ]);
    await Promise.all(all.map(({ id }) => close(id)));
    expect(await running()).toEqual([]);
  });

  test("reject invalid commands and oversized input, and keep the shell", async () => {
    const facts = await create();
    for (const text of ["hello", '{"type":"resize","columns":0,"rows":1}', '{"type":"x"}']) {
      const screen = attach(facts);
      await screen.attached();
      screen.webSocket.send(text);
      expect(await until(async () => screen.closed)).toBe(4400);
      expect(screen.notices.at(-1)).toMatchObject({ type: "problem", problem: { code: "invalid_input" } });
    }
    const long = attach(facts);
    await long.attached();
    long.webSocket.send(Buffer.alloc(64 * 1024 + 1));
    expect(await until(async () => long.closed)).toBe(1009);
    expect(await running()).toHaveLength(1);
    await close(facts.id);
  });

  describe("a signed-in browser", () => {
    const signedIn = async (): Promise<string> => {
      const body = JSON.stringify({ token: api.api.ownerToken });
      const headers = { "content-type": "application/json" };
      const response = await api.request("/session", { method: "POST", token: null, body, headers });
      return response.headers.get("set-cookie")?.split(";")[0] ?? "";
    };

    test("is admitted from Berth's own pages only", async () => {
      const facts = await create();
      const path = `/terminal/${workspace.id}/${facts.id}`;
      const cookie = await signedIn();
      for (const headers of [{ cookie }, { cookie, origin: "https://elsewhere.example" }, { cookie, origin: "null" }])
        expect(await connectTerminal(api, path, { token: null, headers })).toEqual({ refused: 403, code: "forbidden" });
      const ended = connectTerminal(api, path, { token: null, headers: { cookie, origin: api.listening } });
      await until(async () => ((await running())[0]?.attached === 1 ? true : undefined));
      await close(facts.id);
      expect(await ended).toEqual({ closed: 1000 });
    });
  });

  test("reject unknown addresses before the handshake", async () => {
    const token = api.api.ownerToken;
    const facts = await create();
    const notFound = { refused: 404, code: "not_found" };
    expect(await connectTerminal(api, `/terminal/${workspace.id}/not-a-uuid`, { token })).toEqual(notFound);
    expect(await connectTerminal(api, "/terminal/x/y", { token })).toEqual(notFound);
    expect(await connectTerminal(api, `/terminal/${workspace.id}/${facts.id}?after=-1`, { token })).toEqual({
      refused: 400,
      code: "invalid_input",
    });
    await close(facts.id);
  });

  test("wake a hibernated workspace when opened, but not when listed or attached", async () => {
    const verb = async (name: string) => {
      const response = await api.call(`workspaces.${name}`, { id: workspace.id });
      expect(await api.operationEnded(response.data.id)).toMatchObject({ status: "succeeded" });
    };
    const facts = await create();
    await verb("hibernate");
    expect(await running()).toEqual([]);
    expect((await eventsOf(facts.id)).slice(1)).toMatchObject([
      { type: "terminal.closed", data: { reason: "machine_stopped" } },
    ]);
    const token = api.api.ownerToken;
    expect(await connectTerminal(api, `/terminal/${workspace.id}/${facts.id}`, { token })).toEqual({ closed: 4409 });
    expect((await api.call("workspaces.get", { id: workspace.id })).data.status).toBe("hibernated");
    const woken = await create();
    expect(await attach(woken).ask("pwd")).toMatch(/workspace$/);
    await verb("pause");
    const paused = await api.call("terminals.create", { workspaceId: workspace.id });
    expect([paused.status, paused.problem?.code]).toEqual([409, "workspace_not_running"]);
    await verb("resume");
  });

  test("are reported as unsupported by a backend without terminals", async () => {
    const other = await api.workspace({ name: "memory", compute: { backend: "memory" } });
    const response = await api.call("terminals.create", { workspaceId: other.id });
    expect([response.status, response.problem?.code]).toEqual([501, "unsupported_by_backend"]);
  });
});

test("a terminal survives the API's death with the same shell and complete output", async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "berth-terminal-"));
  await using database = await createTestDatabase();
  const PORT = String(await freePort());
  const start = () =>
    startProcess({ BERTH_DATA_DIR: dataDirectory, DATABASE_URL: database.url, PORT, BERTH_BACKENDS: "local" });
  try {
    const first = start();
    const { origin, token, call } = await ownerOf(first, dataDirectory);
    const ended = (id: string) =>
      until(async () => {
        const { data } = await call("operations.get", { id });
        return ["succeeded", "failed"].includes(data.status) ? data : undefined;
      });
    const { data } = await call("workspaces.create", { name: "terminals" });
    await ended(data.operation.id);
    const workspaceId = data.workspace.id;
    const { data: facts } = await call("terminals.create", { workspaceId });
    const before = new Screen(workspaceId, facts.id, { origin, token });
    const pid = await before.ask("echo $$");
    await first.kill("SIGKILL");
    await until(async () => before.closed);

    const second = start();
    await second.ready;
    await until(async () =>
      (await call("terminals.list", { workspaceId })).data?.terminals?.length ? true : undefined,
    );
    const after = new Screen(workspaceId, facts.id, { origin, token, after: before.offset });
    expect(await after.ask("echo $$")).toBe(pid);
    expect(after.notices[0]).toEqual({ type: "attached", offset: before.offset });
    // A stopping API closes with the code for a service restart.
    expect(await second.kill("SIGTERM")).toBe(0);
    expect(await until(async () => after.closed)).toBe(1012);

    const third = start();
    await third.ready;
    await endWorkspaces(call, ended);
    expect(await third.kill("SIGTERM")).toBe(0);
  } finally {
    await endAll();
    await rm(dataDirectory, { recursive: true, force: true });
  }
});
