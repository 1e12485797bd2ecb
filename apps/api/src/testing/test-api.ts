import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createPool, type Pool } from "@berth/db";
import { createTestDatabase } from "@berth/db/testing";
import type { Operation, Problem, Workspace } from "@berth/domain";
import { appRouter } from "@berth/routers";
import { expect } from "vitest";
import { processEnvironment, readEnv } from "../env.ts";
import { type RunningApi, type StartOptions, startApi } from "../start-api.ts";

export const REPOSITORY = fileURLToPath(new URL("../../../..", import.meta.url));

/** A response, parsed as far as possible. */
export interface ApiResponse {
  status: number;
  headers: Headers;
  text: string;
  /** tRPC's `result.data`, or the JSON body of any other route. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into responses the way a script in any language does.
  data: any;
  problem: Problem | undefined;
}

export interface CallOptions {
  /** Null sends no token; the default is the owner's. */
  token?: string | null;
  headers?: Record<string, string>;
}

export interface TestApi extends AsyncDisposable {
  readonly url: string;
  /** The address at which it listens, which may differ from its public URL. */
  readonly listening: string;
  readonly api: RunningApi;
  readonly pool: Pool;
  readonly dataDirectory: string;
  /** What the server logged. */
  readonly logs: { level: string; record: Record<string, unknown> }[];
  request(path: string, init?: RequestInit & CallOptions): Promise<ApiResponse>;
  call(procedure: string, input?: unknown, options?: CallOptions): Promise<ApiResponse>;
  /** Creates a workspace and waits until it is online. */
  workspace(input?: Record<string, unknown>): Promise<Workspace>;
  operationEnded(id: string): Promise<Operation>;
}

export interface TestApiOptions {
  environment?: Record<string, string>;
  tests?: Pick<StartOptions, "daemons" | "bodyTimes">;
  /** The folder with `package.json` and the canvas. */
  root?: string;
}

/** The whole API in this process with its own port, database and data directory. */
export async function openTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { environment = {}, root = REPOSITORY } = options;
  const database = await createTestDatabase();
  const dataDirectory = await mkdtemp(join(tmpdir(), "berth-api-test-"));
  const logs: TestApi["logs"] = [];
  const settings = { PORT: "0", BERTH_BACKENDS: "memory", BERTH_DATA_DIR: dataDirectory, DATABASE_URL: database.url };
  const api = await startApi({
    env: readEnv({ ...settings, ...environment }, root),
    root,
    environment: processEnvironment(),
    log: (level, record) => logs.push({ level, record }),
    ...options.tests,
    onFatal: (reason) => logs.push({ level: "fatal", record: { reason } }),
  });
  const pool = createPool(database.url, { max: 2 });
  const names = { next: 0 };
  const listening = `http://127.0.0.1:${api.port}`;

  const request: TestApi["request"] = async (path, init = {}) => {
    const { token = api.ownerToken, headers = {}, ...rest } = init;
    const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    return read(await fetch(`${listening}${path}`, { ...rest, headers: { ...authorization, ...headers } }));
  };
  const call: TestApi["call"] = (procedure, input, callOptions = {}) =>
    request(...requestOf(procedure, input, callOptions));
  const operationEnded = async (id: string): Promise<Operation> => {
    const ended = ["succeeded", "failed", "superseded"];
    return until(async () => {
      const { data } = await call("operations.get", { id });
      return ended.includes(data.status) ? data : undefined;
    });
  };
  return {
    url: api.url,
    listening,
    api,
    pool,
    dataDirectory,
    logs,
    request,
    call,
    operationEnded,
    async workspace(input = {}) {
      names.next += 1;
      const created = await call("workspaces.create", { name: `workspace ${names.next}`, ...input });
      expect(created.problem).toBeUndefined();
      expect(await operationEnded(created.data.operation.id)).toMatchObject({ status: "succeeded" });
      return (await call("workspaces.get", { id: created.data.workspace.id })).data;
    },
    async [Symbol.asyncDispose]() {
      // Local instances outlive their API by design, so end them first.
      if (environment.BERTH_BACKENDS?.includes("local")) await endWorkspaces(call, operationEnded);
      await api.stop();
      await pool.end();
      await database[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

export async function endWorkspaces(call: TestApi["call"], ended: TestApi["operationEnded"]): Promise<void> {
  const { data } = await call("workspaces.list", { limit: 500 });
  const deletes = (data.items as Workspace[]).map(async ({ id, name }) => {
    const response = await call("workspaces.delete", { id, confirmName: name, eraseData: true, cascade: true });
    if (response.status === 200) await ended(response.data.id);
  });
  await Promise.all(deletes);
}

export type ProcedureType = "query" | "mutation" | "subscription";

/** Every procedure by its full name; the router keeps them in a flat record. */
export const procedures = Object.entries<unknown>(appRouter._def.procedures).map(([name, procedure]) => ({
  name,
  type: (procedure as { _def: { type: ProcedureType } })._def.type,
}));

const typeOf = (name: string): ProcedureType => procedures.find((each) => each.name === name)?.type ?? "query";

/** A procedure call as a plain HTTP request. */
export function requestOf(
  name: string,
  input: unknown,
  options: CallOptions = {},
): [string, RequestInit & CallOptions] {
  if (typeOf(name) === "mutation") {
    const headers = { "content-type": "application/json", ...options.headers };
    return [`/trpc/${name}`, { ...options, method: "POST", headers, body: JSON.stringify(input ?? {}) }];
  }
  const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  return [`/trpc/${name}${query}`, options];
}

export async function read(response: Response): Promise<ApiResponse> {
  const { status, headers } = response;
  // An accepted event stream has no end, so only its headers are read.
  if (headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return { status, headers, text: "", data: undefined, problem: undefined };
  }
  const text = await response.text();
  const body = headers.get("content-type")?.includes("json") ? parsed(text) : undefined;
  return { status, headers, text, data: body?.result ? body.result.data : body, problem: body?.error?.data?.problem };
}

function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Polls until there is a value. @throws after a deadline, so that a failing test ends. */
export async function until<T>(poll: () => Promise<T | undefined>, seconds = 20): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await poll();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`Waited ${seconds} s in vain.`);
    await pause(20);
  }
}
