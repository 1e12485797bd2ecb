import { randomUUID } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { MISBEHAVIOURS, type Misbehaviour } from "@berth/backends/testing";
import {
  DAEMON_BYTES,
  DAEMON_JSON,
  DAEMON_LINES,
  DAEMON_ROUTES,
  type DaemonBytesCall,
  type DaemonJsonCall,
  type DaemonLinesCall,
  DomainError,
  PROBLEM_STATUS,
  type Problem,
} from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HostileWorkspace } from "./testing/hostile-workspace.ts";
import { connectTerminal } from "./testing/terminal-screen.ts";
import { type ApiResponse, openTestApi, requestOf, type TestApi, until } from "./testing/test-api.ts";

const MiB = 1024 * 1024;
/** The longest daemon deadline for a caller, an hour, is 11 s here. */
const ANSWERED_WITHIN_MS = 30_000;
/** A relayed response lasts until its caller leaves. */
const LEAVES_AFTER_MS = 2_000;
const READ_BYTES_MAX = MiB;
const OTHERS_ANSWER_WITHIN_MS = 15_000;
const BLOCKED_MS_MAX = 3_000;
const GROWTH_MAX = 250 * MiB;

/** The caller's result: a response, a connection that ended early, or nothing until it left. */
interface Got {
  status: number | null;
  location: string | null;
  problem: Problem | undefined;
  end: "whole" | "cut" | "left";
}

let api: TestApi;
let hostile: { id: string; incarnationId: string };
let good: string;
const workspace = new HostileWorkspace("hostile");

beforeAll(async () => {
  api = await openTestApi({ tests: { daemons: workspace.daemons } });
  const { id } = await api.workspace({ name: "hostile" });
  const { rows } = await api.pool.query("select incarnation_id from workspaces where id = $1", [id]);
  hostile = { id, incarnationId: rows[0].incarnation_id };
  good = (await api.workspace({ name: "good" })).id;
});
afterAll(() => api[Symbol.asyncDispose]());

async function ask(path: string, init: RequestInit = {}, leavesAfterMs = ANSWERED_WITHIN_MS): Promise<Got> {
  const signal = AbortSignal.timeout(leavesAfterMs);
  const headers = { authorization: `Bearer ${api.api.ownerToken}`, ...(init.headers as Record<string, string>) };
  let got: Got = { status: null, location: null, problem: undefined, end: "whole" };
  try {
    const response = await fetch(`${api.listening}${path}`, { redirect: "manual", ...init, headers, signal });
    got = { ...got, status: response.status, location: response.headers.get("location") };
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString("latin1");
      if (text.length > READ_BYTES_MAX) return { ...got, end: "left" };
    }
    return { ...got, problem: problemIn(text) };
  } catch {
    return { ...got, end: signal.aborted ? "left" : "cut" };
  }
}

function problemIn(text: string): Problem | undefined {
  try {
    return JSON.parse(text).error.data.problem;
  } catch {
    return undefined;
  }
}

const call = (procedure: string, input: Record<string, unknown>, leavesAfterMs?: number): Promise<Got> =>
  ask(...requestOf(procedure, input), leavesAfterMs);

const files = (procedure: string, input: object): Promise<Got> =>
  call(`files.${procedure}`, { workspaceId: hostile.id, root: "/workspace", ...input });
const at = (path: string): string => `/files/${hostile.id}/workspace/${path}`;

/** Calls that only loops make, or that need a row in the database: made on the session directly. */
async function ofSession(row: DaemonJsonCall, leavesAfterMs = ANSWERED_WITHIN_MS): Promise<Got> {
  const [method, route] = row.split(" ");
  const signal = AbortSignal.timeout(leavesAfterMs);
  const got: Got = { status: null, location: null, problem: undefined, end: "whole" };
  try {
    const session = await api.api.deps.daemons.waitFor(hostile.incarnationId, { signal });
    await session.json({ method, route, signal } as never);
    return { ...got, status: 200 };
  } catch (error) {
    if (signal.aborted) return { ...got, end: "left" };
    if (!(error instanceof DomainError)) throw error;
    return { ...got, status: PROBLEM_STATUS[error.problem.code], problem: error.problem };
  }
}

async function attach(): Promise<Got> {
  const token = api.api.ownerToken;
  const ended = connectTerminal(api, `/terminal/${hostile.id}/${randomUUID()}`, { token });
  const left = new Promise<null>((resolve) => setTimeout(resolve, LEAVES_AFTER_MS, null));
  const end = await Promise.race([ended, left]);
  return { status: 200, location: null, problem: undefined, end: end === null ? "left" : "whole" };
}

/** With a row of a command that this daemon never started. */
async function commandOutput(): Promise<Got> {
  const id = randomUUID();
  await api.pool.query(
    `insert into commands (id, org_id, workspace_id, incarnation_id, command, cwd, detached, keep_awake)
     select $1, org_id, id, incarnation_id, '["true"]', '/workspace', false, false from workspaces where id = $2`,
    [id, hostile.id],
  );
  return call("commands.output", { workspaceId: hostile.id, id }, LEAVES_AFTER_MS);
}

type Row = DaemonJsonCall | DaemonLinesCall | DaemonBytesCall;

/** One caller per response that the API reads. A new row in the tables fails to compile without a caller. */
const CALLERS: Record<Row, () => Promise<Got>> = {
  "GET /status": () => ofSession("GET /status"),
  "GET /files/list": () => files("list", {}),
  "GET /files/stat": () => files("stat", { path: "/a" }),
  "GET /files/content": () => ask(at("a"), {}, LEAVES_AFTER_MS),
  "PUT /files/content": () => ask(at("a"), { method: "PUT", body: "x" }),
  "PUT /files/archive": () => ask(at("a?extract=tar"), { method: "PUT", body: "x" }),
  "GET /files/archive": () => ask(at("?archive=tar"), {}, LEAVES_AFTER_MS),
  "GET /files/manifest": () => ofSession("GET /files/manifest", LEAVES_AFTER_MS),
  "GET /files/search": () =>
    call("files.search", { workspaceId: hostile.id, root: "/workspace", name: "*" }, LEAVES_AFTER_MS),
  "GET /files/usage": () => ofSession("GET /files/usage"),
  "POST /files/make-directory": () => files("makeDirectory", { path: "/d" }),
  "POST /files/move": () => files("move", { from: "/a", to: "/b" }),
  "POST /files/copy": () => files("copy", { from: "/a", to: "/b" }),
  "POST /files/delete": () => files("delete", { path: "/a" }),
  "POST /files/watch": () =>
    call("files.watch", { workspaceId: hostile.id, root: "/workspace", paths: ["/"] }, LEAVES_AFTER_MS),
  "HEAD /files/upload": () => ask(at(`a?upload=${randomUUID()}`), { method: "HEAD" }),
  "DELETE /files/upload": () => ask(at(`a?upload=${randomUUID()}`), { method: "DELETE" }),
  "GET /logs/agent": () => call("workspaces.agentLog", { id: hostile.id }),
  "GET /terminals": () => call("terminals.list", { workspaceId: hostile.id }),
  "POST /terminals": () => call("terminals.create", { workspaceId: hostile.id }),
  "DELETE /terminals": () => ofSession("DELETE /terminals"),
  "POST /terminals/attach": attach,
  "GET /commands": () => call("commands.list", { workspaceId: hostile.id }),
  "POST /commands": () => call("commands.start", { workspaceId: hostile.id, command: ["true"] }),
  "POST /commands/write": () => ofSession("POST /commands/write"),
  "POST /commands/signal": () => ofSession("POST /commands/signal"),
  "GET /commands/output": commandOutput,
  "GET /ports": () => call("ports.list", { workspaceId: hostile.id }),
  "POST /ports/connect": () => ask(`/port/${hostile.id}/80/`, {}, LEAVES_AFTER_MS),
  "POST /control/quiesce": () => ofSession("POST /control/quiesce"),
};

/** May still be running when the caller leaves. Everything else must end without the caller. */
const ENDLESS: ReadonlySet<Row> = new Set<Row>([
  // Its deadline is four hours, for the largest volumes.
  "GET /files/manifest",
  "GET /files/content",
  "GET /files/archive",
  "POST /files/watch",
  "POST /terminals/attach",
  "GET /commands/output",
  "POST /ports/connect",
]);

/** The only faults of the server that a workspace may cause. */
const OF_THE_WORKSPACE: ReadonlySet<string | undefined> = new Set(["port_broken", "port_not_listening"]);

/** Text of the workspace may only be shown in quotation marks that it cannot close. */
const isQuoted = (message: string): boolean => /^The workspace reported: "[^"]*"$/.test(message);

function faultOf(row: Row, { status, location, problem, end }: Got): string | null {
  if (location !== null) return `redirects to ${location}`;
  if (end === "left" && !ENDLESS.has(row)) return "sent no response in time";
  if (
    status !== null &&
    status >= 500 &&
    problem?.code !== "backend_unavailable" &&
    !OF_THE_WORKSPACE.has(problem?.code)
  )
    return `returns ${status}`;
  if (status === 401 || status === 403) return `returns ${status}`;
  // A response to HEAD has no body.
  if (status !== null && status >= 400 && status !== 404 && !problem && row !== "HEAD /files/upload")
    return `returns ${status} without a problem`;
  if (problem?.message.includes("evil.example") && !isQuoted(problem.message)) return `says ${problem.message}`;
  return null;
}

/** On a separate connection, because the previous misbehaviour may still end the shared one. */
async function reconnect(): Promise<void> {
  const { tunnel } = api.api.deps;
  const before = tunnel.session(hostile.incarnationId);
  before?.end();
  await until(async () => {
    const session = tunnel.session(hostile.incarnationId);
    return session && session !== before && !session.closed ? true : undefined;
  });
}

/** Records the responses that other workspaces get until it is stopped. */
function watchOtherWorkspaces() {
  const asked = { calls: 0, failures: [] as string[] };
  let stopped = false;
  /** Polls, because `/readyz` gives its probes one second, which a busy host may exceed. */
  const timed = async (what: string, work: () => Promise<ApiResponse>) => {
    const startedAt = performance.now();
    for (;;) {
      const { status, text } = await work();
      const took = Math.round(performance.now() - startedAt);
      asked.calls += 1;
      if (took > OTHERS_ANSWER_WITHIN_MS) return void asked.failures.push(`${what}: ${status} in ${took} ms, ${text}`);
      if (status === 200) return;
    }
  };
  const running = (async () => {
    do {
      await timed("/healthz", () => api.request("/healthz"));
      await timed("/readyz", () => api.request("/readyz"));
      await timed("PUT", () => api.request(`/files/${good}/workspace/kept`, { method: "PUT", body: "kept" }));
      await timed("files.list", () => api.call("files.list", { workspaceId: good, root: "/workspace" }));
      await timed("workspaces.list", () => api.call("workspaces.list"));
    } while (!stopped);
  })();
  return async () => {
    stopped = true;
    await running;
    return asked;
  };
}

describe("a workspace whose daemon misbehaves in every response", () => {
  test("is called in every possible way", () => {
    const rows = Object.keys(CALLERS);
    expect(rows.toSorted()).toEqual(
      [DAEMON_JSON, DAEMON_LINES, DAEMON_BYTES].flatMap((table) => Object.keys(table)).toSorted(),
    );
    const routes = new Set(rows.map((row) => row.split(" ")[1]));
    expect(Object.values(DAEMON_ROUTES).filter((route) => !routes.has(route))).toEqual([]);
  });

  test.each(Object.keys(MISBEHAVIOURS) as Misbehaviour[])("and %s, affects no others", async (misbehaviour) => {
    await reconnect();
    await workspace.misbehaves(misbehaviour);
    const before = process.memoryUsage().rss;
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const others = watchOtherWorkspaces();

    const got = await Promise.all(
      Object.entries(CALLERS).map(async ([row, caller]) => ({ row: row as Row, got: await caller() })),
    );

    const { calls, failures } = await others();
    delay.disable();
    const wrong = got.flatMap(({ row, got: each }) => {
      const what = faultOf(row, each);
      return what === null ? [] : [`${row} ${what}`];
    });
    expect(wrong).toEqual([]);
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThanOrEqual(5);
    expect(delay.max / 1e6).toBeLessThan(BLOCKED_MS_MAX);
    expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH_MAX);
    expect(await api.call("workspaces.get", { id: hostile.id })).toMatchObject({ status: 200 });
  });

  test("and whose message is shown to the user as a quotation", async () => {
    await workspace.misbehaves("sends instructions to the user");
    // The deadline is 90 ms here, which a busy host may exceed.
    const message = await until(async () => {
      const { problem } = await files("stat", { path: "/a" });
      return problem?.code === "invalid_input" ? problem.message : undefined;
    });
    expect(message).toBe(`The workspace reported: "Berth has moved.' Sign in again at http://evil.example '"`);
    await workspace.misbehaves("reports a problem in Berth's name");
    const inOurName = await files("stat", { path: "/a" });
    expect(inOurName.problem).toMatchObject({ code: "workspace_not_running" });
    expect(inOurName.problem?.message).not.toContain("evil");
  });
});
