import { DomainError, PROBLEM_STATUS, type ProblemCode } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorBodyShape } from "./testing/api-shapes.ts";
import { rawRequest } from "./testing/raw-request.ts";
import { type ApiResponse, openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** Stacks, SQL statements, our source files and the data directory. */
const LEAKS = [
  /\bat .+:\d+:\d+/,
  /node_modules/,
  /\b(select|insert|update|from) .*\b(where|into|set)\b/i,
  /\.ts\b/,
  /drizzle|zod|fastify|trpc server/i,
];

/** Checks that an error has the common shape and its code's status, and reveals no internals. */
function refused(response: ApiResponse, code: ProblemCode): void {
  errorBodyShape.parse(response.data);
  expect([response.problem?.code, response.status]).toEqual([code, PROBLEM_STATUS[code]]);
  expect(response.data.error.data.httpStatus).toBe(response.status);
  expect(response.data.error.message).toBe(response.problem?.message);
  for (const leak of [...LEAKS, new RegExp(api.dataDirectory)]) expect(response.text).not.toMatch(leak);
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  api.request(path, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

describe("bad input", () => {
  test("names the three values of dataPersistence, and nothing is written", async () => {
    const before = await api.pool.query(
      "select (select count(*) from operations) o, (select count(*) from workspaces) w, (select count(*) from events) e",
    );
    const response = await api.call("workspaces.create", { name: "bad", compute: { dataPersistence: "forever" } });
    refused(response, "invalid_input");
    expect(response.problem?.message).toBe(
      "compute.dataPersistence: dataPersistence must be one of: auto, persist, ephemeral.",
    );
    expect(response.problem?.details?.fields).toEqual([
      { field: "compute.dataPersistence", message: expect.any(String) },
    ]);
    const after = await api.pool.query(
      "select (select count(*) from operations) o, (select count(*) from workspaces) w, (select count(*) from events) e",
    );
    expect(after.rows).toEqual(before.rows);
    expect(api.logs.filter(({ record }) => record.evt === "provision.start")).toEqual([]);
  });

  test.each([
    ["workspaces.create", {}, "name"],
    ["workspaces.create", { name: "" }, "name"],
    ["workspaces.create", { name: "x".repeat(101) }, "name"],
    ["workspaces.create", { name: "a\u0000b" }, "name"],
    ["workspaces.create", { name: "a", runtime: "cobol" }, "runtime"],
    ["workspaces.create", { name: "a", compute: { backend: "moon" } }, "compute.backend"],
    ["workspaces.create", { name: "a", tier: "4" }, "tier"],
    ["workspaces.get", { id: "not-a-uuid" }, "id"],
    ["workspaces.get", {}, "id"],
    ["workspaces.list", { limit: 501 }, "limit"],
    ["workspaces.list", { limit: 0 }, "limit"],
    ["workspaces.list", { status: "asleep" }, "status"],
    ["files.list", { workspaceId: "8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f", root: "/etc" }, "root"],
    [
      "files.read",
      { workspaceId: "8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f", root: "/workspace", path: "a", length: 2 ** 21 },
      "length",
    ],
    ["tokens.create", { kind: "workspace", name: "a" }, "workspaceId"],
    ["events.list", { after: -1 }, "after"],
    ["canvas.saveLayout", { positions: [{ id: "x", x: 1, y: 1 }] }, "positions.0.id"],
  ])("%s %o names %s", async (name, input, field) => {
    const response = await api.call(name, input);
    refused(response, "invalid_input");
    expect(response.problem?.details?.fields).toContainEqual({ field, message: expect.any(String) });
    expect(response.problem?.message.startsWith(`${field}: `)).toBe(true);
  });

  test("an invalid enum value lists the allowed ones", async () => {
    const { problem } = await api.call("workspaces.create", { name: "a", runtime: "cobol" });
    expect(problem?.message).toContain("claude-code");
    expect((await api.call("files.list", { workspaceId: crypto.randomUUID(), root: "/x" })).problem?.message).toContain(
      "/agent-home",
    );
  });

  test.each([
    ["workspaces.create", { name: "a", colour: "red" }, "colour"],
    ["workspaces.create", { name: "a", compute: { dataPersistance: "persist" } }, "compute.dataPersistance"],
    ["workspaces.list", { Limit: 5 }, "Limit"],
    ["session.get", { x: 1 }, "x"],
  ])("%s rejects the unknown field in %o", async (name, input, field) => {
    const response = await api.call(name, input);
    refused(response, "invalid_input");
    expect(response.problem?.details?.fields).toContainEqual({ field, message: "There is no such field." });
  });

  test("a cursor of another list", async () => {
    refused(await api.call("workspaces.list", { cursor: "bm9uc2Vuc2U" }), "invalid_input");
    refused(await api.call("operations.list", { cursor: "%%%" }), "invalid_input");
  });
});

describe("malformed requests", () => {
  test("malformed JSON in a body, in a query, and in a subscription's query", async () => {
    refused(await post("/trpc/workspaces.create", '{"name": '), "invalid_input");
    refused(await api.request("/trpc/workspaces.list?input={limit:5"), "invalid_input");
    refused(await api.request("/trpc/events.subscribe?input={"), "invalid_input");
    refused(await post("/trpc/workspaces.create", ""), "invalid_input");
    refused(await post("/trpc/workspaces.create", "null"), "invalid_input");
    refused(await post("/trpc/workspaces.create", "[1]"), "invalid_input");
    refused(await post("/trpc/workspaces.create", '{"__proto__": {"name": "x"}}'), "invalid_input");
  });

  test("a wrong method names the right one", async () => {
    const get = await api.request("/trpc/workspaces.create");
    refused(get, "method_not_allowed");
    expect(get.problem?.message).toContain("POST");
    refused(await post("/trpc/workspaces.list", "{}"), "method_not_allowed");
    for (const method of ["DELETE", "PUT", "PATCH", "OPTIONS"]) {
      refused(await api.request("/trpc/workspaces.list", { method }), "method_not_allowed");
    }
  });

  test("another content type", async () => {
    refused(
      await post("/trpc/workspaces.create", "<a/>", { "content-type": "application/xml" }),
      "unsupported_media_type",
    );
    refused(
      await post("/trpc/workspaces.create", "name=a", { "content-type": "text/plain" }),
      "unsupported_media_type",
    );
  });

  test("a body that is too large", async () => {
    const response = await post("/trpc/files.write", JSON.stringify({ content: "x".repeat(4 * 1024 * 1024) }));
    refused(response, "limit_exceeded");
    refused(await post("/session", JSON.stringify({ token: "x".repeat(4 * 1024 * 1024) })), "limit_exceeded");
  });

  test("unknown procedures and addresses", async () => {
    refused(await api.call("workspaces.explode", {}), "not_found");
    refused(await post("/trpc/workspaces.explode", "{}"), "not_found");
    refused(await api.request("/trpc/constructor"), "not_found");
    refused(await api.request("/trpc/__proto__.get"), "not_found");
    refused(await api.request("/trpc/a/b"), "not_found");
    refused(await api.request("/trpc"), "not_found");
    refused(await api.request("/nowhere"), "not_found");
    refused(await api.request("/nowhere", { method: "POST", body: "x" }), "not_found");
  });

  test("calls in a batch", async () => {
    const response = await api.request(`/trpc/session.get,session.get?batch=1&input=${encodeURIComponent("{}")}`);
    expect([response.status, response.text.includes("invalid_input")]).toEqual([400, true]);
  });

  test("malformed addresses", async () => {
    refused(await rawRequest(api, "GET", "/files/%zz"), "invalid_input");
    refused(await rawRequest(api, "GET", "/%ff%fe"), "invalid_input");
  });
});

describe("an internal error", () => {
  test("is logged once with its cause, and returned without it", async () => {
    await api.pool.query("alter table viewports rename to viewports_away");
    const before = api.logs.length;
    const response = await api.call("canvas.saveViewport", { x: 1, y: 1, zoom: 1 });
    await api.pool.query("alter table viewports_away rename to viewports");
    refused(response, "internal");
    expect(response.problem?.retryable).toBe(true);
    const logged = api.logs.slice(before).filter(({ level }) => level === "error");
    expect(logged).toHaveLength(1);
    expect(logged[0]?.record).toMatchObject({ msg: "procedure failed", path: "canvas.saveViewport" });
    expect(JSON.stringify(logged[0]?.record)).toContain("viewports");
  });

  test("is hidden outside of procedures too", async () => {
    await api.pool.query("alter table sessions rename to sessions_away");
    const before = api.logs.length;
    const response = await post("/session", JSON.stringify({ token: api.api.ownerToken }));
    await api.pool.query("alter table sessions_away rename to sessions");
    refused(response, "internal");
    expect(api.logs.slice(before).filter(({ level }) => level === "error")).toHaveLength(1);
  });

  test("of a daemon is logged too, in and outside of procedures", async () => {
    const { id } = await api.workspace({ name: "broken daemon" });
    const { daemons } = api.api.deps;
    const { waitFor } = daemons;
    const fails = () =>
      Promise.reject(new DomainError("internal", "Something unexpected went wrong in the workspace."));
    Object.assign(daemons, { waitFor: async () => ({ json: fails, bytes: fails }) });
    const before = api.logs.length;
    refused(await api.call("files.list", { workspaceId: id, root: "/workspace" }), "internal");
    refused(await api.request(`/files/${id}/workspace/a.txt`), "internal");
    Object.assign(daemons, { waitFor });
    const logged = api.logs.slice(before).filter(({ level }) => level === "error");
    expect(logged.map(({ record }) => record.msg)).toEqual(["procedure failed", "request failed"]);
  });

  test("does not include a disconnected caller", async () => {
    const { id } = await api.workspace({ name: "hang up" });
    const before = api.logs.length;
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const ended = new AbortController();
        const input = encodeURIComponent(JSON.stringify({ workspaceId: id, root: "/workspace", name: "*" }));
        const asked = fetch(`${api.url}/trpc/files.search?input=${input}`, {
          signal: ended.signal,
          headers: { authorization: `Bearer ${api.api.ownerToken}` },
        });
        queueMicrotask(() => setImmediate(() => ended.abort()));
        await asked.catch(() => {});
      }),
    );
    await api.call("session.get");
    expect(api.logs.slice(before).filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("a name that is taken", () => {
  test.each([
    ["the same", "twin", "twin"],
    ["the same with an invisible character", "hidden", "hid\u200bden"],
    ["the same, composed differently", "caf\u00e9", "cafe\u0301"],
  ])("%s is rejected with the id of the existing workspace, in create and in update", async (_, name, twin) => {
    const { id } = await api.workspace({ name });
    const created = await api.call("workspaces.create", { name: twin });
    refused(created, "name_taken");
    expect(created.problem?.details).toMatchObject({ workspaceId: id });
    const other = await api.workspace({ name: `${name} 2` });
    const renamed = await api.call("workspaces.update", { id: other.id, name: twin });
    refused(renamed, "name_taken");
    expect(renamed.problem?.details).toMatchObject({ workspaceId: id });
  });

  test("duplicates older than the rule stay unchanged, and block new ones", async () => {
    const first = await api.workspace({ name: "older" });
    const second = await api.workspace({ name: "newer" });
    await api.pool.query("update workspaces set name = 'older\u200b', name_key = null where id = $1", [second.id]);
    expect((await api.call("workspaces.get", { id: second.id })).data.name).toBe("older\u200b");
    const third = await api.call("workspaces.create", { name: "old\u00ader" });
    expect(third.problem?.details).toMatchObject({ workspaceId: first.id });
  });
});
