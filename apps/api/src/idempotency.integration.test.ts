import { randomUUID } from "node:crypto";
import type { ProblemCode, Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestApi, procedures, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

type Input = Record<string, unknown>;
const call = (name: string, input: Input, key: string, token?: string) =>
  api.call(name, input, { headers: { "idempotency-key": key }, ...(token ? { token } : {}) });

/** Rows that this caller's requests created; the reconciler adds its own operations. */
const count = async (table: "tokens" | "operations"): Promise<number> => {
  const where = table === "operations" ? "where requested_by = 'owner'" : "";
  return (await api.pool.query(`select count(*)::int as n from ${table} ${where}`)).rows[0].n;
};

/** For each mutation, an input that succeeds once and a different input. */
interface Case {
  input: () => Promise<Input>;
  /** Null when it takes no input, so only another procedure can reuse its key. */
  other: Input | null;
  /** Absent when it succeeds. */
  refused?: ProblemCode;
}

const someWorkspace = (input: Input = {}): Promise<Workspace> => api.workspace({ name: randomUUID(), ...input });
const onNewWorkspace = (other: Input, ...verbsBefore: string[]): Case => ({
  other,
  async input() {
    const { id } = await someWorkspace();
    for (const verb of verbsBefore) await api.operationEnded((await api.call(`workspaces.${verb}`, { id })).data.id);
    return { id };
  },
});

let fileWorkspace: Workspace | undefined;
const onFiles = (input: Input, other: Input): Case => ({
  other,
  async input() {
    fileWorkspace ??= await someWorkspace();
    const place = { workspaceId: fileWorkspace.id, root: "/workspace" };
    await api.call("files.write", { ...place, path: "from.txt", content: "x" });
    return { ...place, ...input };
  },
});

const deleted = async (eraseData: boolean): Promise<Workspace> => {
  const workspace = await someWorkspace({ compute: { dataPersistence: "persist" } });
  const { data } = await api.call("workspaces.delete", { id: workspace.id, confirmName: workspace.name, eraseData });
  await api.operationEnded(data.id);
  return workspace;
};

const CASES: Record<string, Case> = {
  "workspaces.create": { input: async () => ({ name: randomUUID() }), other: { role: "other" } },
  "workspaces.update": onNewWorkspace({ role: "other" }),
  "workspaces.configure": onNewWorkspace({ tier: 4 }),
  "workspaces.restart": onNewWorkspace({ force: true }),
  "workspaces.pause": onNewWorkspace({ force: true }),
  "workspaces.resume": onNewWorkspace({ force: true }, "pause"),
  "workspaces.hibernate": onNewWorkspace({ force: true }),
  "workspaces.wake": onNewWorkspace({ force: true }, "hibernate"),
  "workspaces.delete": {
    input: async () => {
      const { id, name } = await someWorkspace();
      return { id, confirmName: name };
    },
    other: { eraseData: true },
  },
  "workspaces.restore": { input: async () => ({ id: (await deleted(false)).id }), other: { id: randomUUID() } },
  "canvas.saveLayout": {
    input: async () => ({ positions: [{ id: (await someWorkspace()).id, x: 1, y: 2 }] }),
    other: { positions: [{ id: randomUUID(), x: 1, y: 2 }] },
  },
  "canvas.saveViewport": { input: async () => ({ x: 1, y: 2, zoom: 1 }), other: { x: 5 } },
  "volumes.erase": {
    input: async () => {
      const { volume, name } = await deleted(false);
      return { id: volume?.id, confirmName: name };
    },
    other: { confirmName: "other" },
  },
  "volumes.adopt": {
    input: async () => ({ id: (await deleted(false)).volume?.id, name: randomUUID() }),
    other: { role: "other" },
  },
  "retention.confirm": {
    input: async () => ({ since: "2026-01-02T03:04:05.678Z" }),
    other: { since: "2026-01-03T03:04:05.678Z" },
  },
  "tokens.create": { input: async () => ({ kind: "org", name: randomUUID() }), other: { name: "other" } },
  "tokens.revoke": {
    input: async () => ({ id: (await api.call("tokens.create", { kind: "org", name: "r" })).data.token.id }),
    other: { id: randomUUID() },
  },
  // The memory backend has no terminals, but a permanent rejection is stored like any response.
  "terminals.create": {
    refused: "unsupported_by_backend",
    input: async () => ({ workspaceId: (await someWorkspace()).id }),
    other: { columns: 99 },
  },
  "terminals.close": {
    input: async () => ({ workspaceId: (await someWorkspace()).id, terminalId: randomUUID() }),
    other: { terminalId: randomUUID() },
  },
  "commands.run": {
    input: async () => ({ workspaceId: (await someWorkspace()).id, command: ["true"] }),
    other: { command: ["false"] },
  },
  "commands.start": {
    input: async () => ({ workspaceId: (await someWorkspace()).id, command: ["true"] }),
    other: { command: ["false"] },
  },
  "commands.write": {
    refused: "not_found",
    input: async () => ({ workspaceId: (await someWorkspace()).id, id: randomUUID(), data: "x" }),
    other: { data: "y" },
  },
  "commands.signal": {
    refused: "not_found",
    input: async () => ({ workspaceId: (await someWorkspace()).id, id: randomUUID(), signal: "SIGTERM" }),
    other: { signal: "SIGKILL" },
  },
  "ports.share": {
    input: async () => ({ workspaceId: (await someWorkspace()).id, port: 8080, expiresInSeconds: 3600 }),
    other: { port: 8081 },
  },
  "ports.revoke": {
    refused: "not_found",
    input: async () => ({ id: randomUUID() }),
    other: { id: randomUUID() },
  },
  "files.write": onFiles({ path: "w.txt", content: "one", ifMatch: "*" }, { content: "two" }),
  "files.makeDirectory": onFiles({ path: "made" }, { path: "other" }),
  "files.move": onFiles({ from: "from.txt", to: "moved.txt" }, { to: "other.txt" }),
  "files.copy": onFiles({ from: "from.txt", to: "copied.txt" }, { to: "other.txt" }),
  "files.delete": onFiles({ path: "from.txt" }, { path: "other.txt" }),
};

test("every mutation has a case", () => {
  const mutations = procedures.filter(({ type }) => type === "mutation").map(({ name }) => name);
  expect(Object.keys(CASES).sort()).toEqual(mutations.sort());
});

describe.each(Object.entries(CASES))("%s", (name, { input: prepare, other, refused }) => {
  test("repeats its response, rejects another body, and executes once", async () => {
    const input = await prepare();
    const key = randomUUID();
    const first = await call(name, input, key);
    expect([name, first.problem?.code]).toEqual([name, refused]);
    const reordered = Object.fromEntries(Object.entries(input).reverse());
    const [operations, tokens] = [await count("operations"), await count("tokens")];
    const replay = await call(name, reordered, key);
    // A secret is shown once; a separate test covers the repetition.
    const repeated = first.data.secret ? "already_exists" : [first.status, first.data];
    expect(first.data.secret ? replay.problem?.code : [replay.status, replay.data]).toEqual(repeated);
    const another = await (other === null
      ? call("canvas.saveViewport", { x: 1, y: 2, zoom: 1 }, key)
      : call(name, { ...input, ...other }, key));
    expect([another.status, another.problem?.code]).toEqual([422, "idempotency_key_reused"]);
    expect(await count("tokens")).toBe(tokens);
    expect(await count("operations")).toBe(operations);
  });
});

describe("an Idempotency-Key", () => {
  const saved = { x: 1, y: 1, zoom: 1 };

  test("sent in twenty concurrent requests creates one workspace", async () => {
    const key = randomUUID();
    const name = randomUUID();
    const responses = await Promise.all(Array.from({ length: 20 }, () => call("workspaces.create", { name }, key)));
    const done = responses.filter((response) => response.status === 200);
    const waiting = responses.filter((response) => response.status !== 200);
    expect(new Set(done.map((response) => response.data.workspace.id)).size).toBe(1);
    for (const { status, problem } of waiting) {
      expect([status, problem?.code, problem?.retryable]).toEqual([409, "idempotency_key_in_use", true]);
    }
    const { rows } = await api.pool.query("select count(*)::int as n from workspaces where name = $1", [name]);
    expect(rows[0].n).toBe(1);
    expect((await call("workspaces.create", { name }, key)).data.workspace.id).toBe(done[0]?.data.workspace.id);
  });

  test("is in use while its request runs, and released when the request dies", async () => {
    const key = randomUUID();
    await call("canvas.saveViewport", saved, key);
    const running = "update idempotency_keys set answer = null, lease_until = now() + $2::interval where key = $1";
    await api.pool.query(running, [key, "1 minute"]);
    const busy = await call("canvas.saveViewport", saved, key);
    expect([busy.status, busy.problem?.code]).toEqual([409, "idempotency_key_in_use"]);
    await api.pool.query(running, [key, "-1 second"]);
    expect((await call("canvas.saveViewport", saved, key)).status).toBe(200);
  });

  test("is released after a temporary failure, and stores a permanent one", async () => {
    const { id, name } = await someWorkspace();
    const operation = await api.pool.query(
      `insert into operations (org_id, workspace_id, kind, generation, requested_by, run_at)
       select org_id, id, 'restart', generation, 'test', now() + interval '1 hour' from workspaces where id = $1 returning id`,
      [id],
    );
    const key = randomUUID();
    const busy = await call("workspaces.pause", { id }, key);
    expect([busy.status, busy.problem?.code, busy.problem?.operationId]).toEqual([
      409,
      "operation_in_progress",
      operation.rows[0].id,
    ]);
    await api.pool.query("update operations set status = 'superseded', finished_at = now() where id = $1", [
      operation.rows[0].id,
    ]);
    expect((await call("workspaces.pause", { id }, key)).status).toBe(200);

    const taken = randomUUID();
    expect((await call("workspaces.create", { name }, taken)).problem?.code).toBe("name_taken");
    await api.call("workspaces.update", { id, name: `${name} renamed` });
    const again = await call("workspaces.create", { name }, taken);
    expect([again.status, again.problem?.code]).toEqual([409, "name_taken"]);
  });

  test("is scoped to its caller, its procedure and one day", async () => {
    const key = randomUUID();
    const { data } = await api.call("tokens.create", { kind: "org", name: "second" });
    await call("canvas.saveViewport", saved, key);
    expect((await call("canvas.saveViewport", { ...saved, x: 2 }, key, data.secret)).status).toBe(200);
    const elsewhere = await call("canvas.saveLayout", { positions: [{ id: randomUUID(), x: 0, y: 0 }] }, key);
    expect([elsewhere.status, elsewhere.problem?.code]).toEqual([422, "idempotency_key_reused"]);
    await api.pool.query(
      "update idempotency_keys set created_at = now() - interval '24 hours 1 second' where key = $1",
      [key],
    );
    expect((await call("canvas.saveViewport", { ...saved, x: 3 }, key)).status).toBe(200);
  });

  test("has 1 to 200 characters", async () => {
    expect((await call("canvas.saveViewport", saved, "k".repeat(200))).status).toBe(200);
    for (const key of ["k".repeat(201), ""]) {
      const { status, problem } = await call("canvas.saveViewport", saved, key);
      expect([status, problem?.code]).toEqual([400, "invalid_input"]);
    }
  });

  test("never repeats a token's secret, and does not store it", async () => {
    const key = randomUUID();
    const { data } = await call("tokens.create", { kind: "org", name: "once" }, key);
    const { rows } = await api.pool.query("select * from idempotency_keys where key = $1", [key]);
    expect(JSON.stringify(rows)).not.toContain(data.secret);
    const again = await call("tokens.create", { kind: "org", name: "once" }, key);
    expect([again.status, again.problem?.code]).toEqual([409, "already_exists"]);
    expect(again.problem?.details).toEqual({ tokenId: data.token.id });
    expect(again.text).not.toContain(data.secret);
  });
});
