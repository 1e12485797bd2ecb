import { randomUUID } from "node:crypto";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordStatements, type Statement } from "./testing/logged-sql.ts";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let workspace: Workspace;
let statements: ReturnType<typeof recordStatements>;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  statements = recordStatements(api);
  workspace = await api.workspace({ name: "cost" });
  token = (await api.call("tokens.create", { kind: "org", name: "cost" })).data.secret;
});
afterAll(() => api[Symbol.asyncDispose]());

/** The minimum of several tries, because background loops query the database too. */
async function fewest(work: () => Promise<unknown>): Promise<Statement[]> {
  const tries: Statement[][] = [];
  for (let turn = 0; turn < 8; turn += 1) tries.push(await statements.during(work));
  return tries.reduce((least, next) => (next.length < least.length ? next : least));
}

describe("the number of statements per request", () => {
  test.each([
    ["session.get", 0, () => api.call("session.get")],
    ["session.get with an org's token", 1, () => api.call("session.get", {}, { token })],
    ["workspaces.get", 1, () => api.call("workspaces.get", { id: workspace.id })],
    ["workspaces.list", 1, () => api.call("workspaces.list", {})],
    ["workspaces.list with an org's token", 2, () => api.call("workspaces.list", {}, { token })],
    ["files.list", 1, () => api.call("files.list", { workspaceId: workspace.id, root: "/workspace" })],
    ["GET /files", 1, () => api.request(`/files/${workspace.id}/workspace/x`)],
    ["canvas.snapshot", 4, () => api.call("canvas.snapshot", {})],
    ["events.list", 1, () => api.call("events.list", {})],
    ["system.info", 0, () => api.call("system.info", {})],
    ["a move on the map", 8, () => api.call("workspaces.update", { id: workspace.id, position: { x: 1, y: 1 } })],
    ["GET /healthz", 0, () => api.request("/healthz")],
  ])("%s: %i", async (_, count, work) => {
    const sent = await fewest(work);
    expect(sent.map(({ text }) => text)).toHaveLength(count);
  });
});

describe("among thousands of rows", () => {
  beforeAll(async () => {
    await api.pool.query(
      `insert into workspaces (org_id, name, runtime, model, tier, backend, compute, desired, status, created_at)
       select org_id, 'bulk ' || n, 'shell', 'm', 3, 'memory', compute, 'running', 'failed', now() - n * interval '1 minute'
       from workspaces, generate_series(1, 5000) n where id = $1`,
      [workspace.id],
    );
    await api.pool.query(
      `insert into operations (org_id, workspace_id, kind, status, requested_by, created_at, finished_at)
       select org_id, gen_random_uuid(), 'restart', 'succeeded', 'test', now() - n * interval '1 minute', now()
       from workspaces, generate_series(1, 5000) n where id = $1`,
      [workspace.id],
    );
    await api.pool.query("analyze");
  });

  const planOf = async ({ text, values }: Statement): Promise<string> => {
    const { rows } = await api.pool.query(`explain ${text}`, values);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };

  test.each(["workspaces", "operations"])("a first and a later page of %s both use the index", async (noun) => {
    const first = await api.call(`${noun}.list`, { limit: 100 });
    for (const cursor of [undefined, first.data.nextCursor]) {
      const sent = await fewest(() => api.call(`${noun}.list`, { limit: 100, ...(cursor ? { cursor } : {}) }));
      const plan = await planOf(sent[0] as Statement);
      expect(plan).toContain(`using ${noun}_newest`);
      expect(plan).not.toContain("Sort");
      // A later page starts at the cursor's row instead of scanning from the newest.
      expect(/Index Cond: .*ROW\(created_at, id\) </.test(plan)).toBe(cursor !== undefined);
    }
  });

  test("pages contain every row once", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await api.call("workspaces.list", { limit: 500, ...(cursor ? { cursor } : {}) });
      seen.push(...data.items.map((item: Workspace) => item.id));
      cursor = data.nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(5001);
    expect((await api.call("workspaces.get", { id: randomUUID() })).status).toBe(404);
  });
});
