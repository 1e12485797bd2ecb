import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCESS, type Access, type Action, type Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actionOf } from "./route-access.ts";
import { insertForeignOrg } from "./testing/foreign-org.ts";
import { connectTerminal } from "./testing/terminal-screen.ts";
import { openTestApi, procedures, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let root: string;
let own: Workspace;
let other: Workspace;
let foreign: Awaited<ReturnType<typeof insertForeignOrg>>;
const tokens: Record<Who, string | null> = {
  anonymous: null,
  invalid: "brt_org_made-up",
  revoked: "",
  org: "",
  "own workspace": "",
  "other workspace": "",
  owner: "",
};

/** All kinds of callers, from anonymous to the owner. */
type Who = "anonymous" | "invalid" | "revoked" | "org" | "own workspace" | "other workspace" | "owner";
const WHO: readonly Who[] = ["anonymous", "invalid", "revoked", "org", "own workspace", "other workspace", "owner"];

beforeAll(async () => {
  // A separate canvas, so that its route exists whether or not the real one is built.
  root = await mkdtemp(join(tmpdir(), "berth-access-"));
  await mkdir(join(root, "apps/canvas/out"), { recursive: true });
  await writeFile(join(root, "package.json"), '{"version":"0"}');
  api = await openTestApi({ root });
  own = await api.workspace({ name: "own" });
  other = await api.workspace({ name: "other" });
  foreign = await insertForeignOrg(api.pool);
  const make = async (input: Record<string, unknown>) =>
    (await api.call("tokens.create", { name: "t", ...input })).data;
  const revoked = await make({ kind: "org" });
  await api.call("tokens.revoke", { id: revoked.token.id });
  tokens.revoked = revoked.secret;
  tokens.org = (await make({ kind: "org" })).secret;
  tokens["own workspace"] = (await make({ kind: "workspace", workspaceId: own.id })).secret;
  tokens["other workspace"] = (await make({ kind: "workspace", workspaceId: other.id })).secret;
  tokens.owner = api.api.ownerToken;
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

/** The meaning of the table, written independently of the function under test. Null: admitted. */
function expected(access: Access, who: Who): { status: 401 | 403 | 404; code: string } | null {
  if (access === "anyone" || who === "owner") return null;
  if (who === "anonymous" || who === "invalid" || who === "revoked") return { status: 401, code: "unauthenticated" };
  if (access === "actor") return null;
  if (access === "owner") return { status: 403, code: "forbidden" };
  if (who === "org") return null;
  if (access === "org") return { status: 403, code: "forbidden" };
  return who === "own workspace" ? null : { status: 404, code: "not_found" };
}

/**
 * Input for the caller's own workspace with an unknown field: an admitted call is rejected for that field, so the test
 * changes nothing. Queries and subscriptions may really run.
 */
const probe = (name: string): Record<string, unknown> =>
  name.startsWith("workspaces.") ? { id: own.id, unknownField: 1 } : { workspaceId: own.id, unknownField: 1 };

describe("the access table", () => {
  test("contains every procedure and every route, and no others", async () => {
    const routes = api.api.routes.flatMap(({ method, url }) => (url === "/trpc/:path" ? [] : [actionOf(method, url)]));
    const known = new Set([...procedures.map(({ name }) => name), ...routes]);
    expect([...known].sort()).toEqual(Object.keys(ACCESS).sort());
    expect(routes).toContain("GET /files/:workspaceId/:root/*");
  });

  describe.each(procedures.map(({ name }) => name))("%s", (name) => {
    test.each(WHO)("asked by %s", async (who) => {
      const response = await api.call(name, probe(name), { token: tokens[who] });
      // Admitted means: rejected for the unknown field.
      const { status, code } = expected(ACCESS[name as Action], who) ?? { status: 400, code: "invalid_input" };
      expect([response.status, response.problem?.code]).toEqual([status, code]);
    });
  });

  const FILE_METHODS = ["GET", "HEAD", "PUT", "DELETE"] as const;
  describe.each(FILE_METHODS)("%s /files", (method) => {
    test.each(WHO)("asked by %s", async (who) => {
      const access = ACCESS[`${method} /files/:workspaceId/:root/*`];
      // Admitted means: rejected for a parameter.
      const init = { method, token: tokens[who], ...(method === "PUT" ? { body: "x" } : {}) };
      const response = await api.request(`/files/${own.id}/workspace/a?archive=rar`, init);
      const { status, code } = expected(access, who) ?? { status: 400, code: "invalid_input" };
      // A response to HEAD has no body.
      expect([response.status, response.problem?.code]).toEqual([status, method === "HEAD" ? undefined : code]);
    });
  });

  describe("GET /terminal", () => {
    const path = () => `/terminal/${own.id}/${randomUUID()}`;
    test.each(WHO)("asked by %s", async (who) => {
      const refusal = expected(ACCESS["GET /terminal/:workspaceId/:terminalId"], who);
      const plain = await api.request(path(), { token: tokens[who] });
      expect([plain.status, plain.problem?.code]).toEqual(
        refusal ? [refusal.status, refusal.code] : [400, "invalid_input"],
      );
      // Admitted means here: connected, then a notice that the terminal does not exist.
      const attached = await connectTerminal(api, `${path()}`, { token: tokens[who] ?? null });
      expect(attached).toEqual(refusal ? { refused: refusal.status, code: refusal.code } : { closed: 4404 });
    });
  });

  // The canvas pages have their own test.
  test.each([
    ["/healthz", 200],
    ["/readyz", 200],
    ["/sign-in", 302],
  ])("an anonymous GET %s returns %i", async (path, status) => {
    const asked = async () => (await api.request(path, { token: null, redirect: "manual" })).status;
    await expect.poll(asked).toBe(status);
  });

  test("a workspace's token cannot pass its own workspace id next to another one", async () => {
    const token = tokens["own workspace"] ?? null;
    for (const input of [
      { id: other.id, workspaceId: own.id },
      { id: [other.id], workspaceId: own.id },
    ]) {
      expect((await api.call("workspaces.get", input, { token })).status).toBe(400);
    }
    expect((await api.call("workspaces.get", { id: other.id }, { token })).status).toBe(404);
    expect((await api.call("workspaces.get", { id: own.id }, { token })).status).toBe(200);
  });
});

describe("another org", () => {
  test("is not found by any id with any token", async () => {
    const { workspaceId, volumeId, operationId, tokenId } = foreign;
    const calls: [string, Record<string, unknown>][] = [
      ...[
        "get",
        "bootLog",
        "agentLog",
        "deletePreview",
        "restart",
        "pause",
        "resume",
        "hibernate",
        "wake",
        "restore",
      ].map((name): [string, Record<string, unknown>] => [`workspaces.${name}`, { id: workspaceId }]),
      ["workspaces.update", { id: workspaceId, name: "mine now" }],
      ["workspaces.update", { id: own.id, parentId: workspaceId }],
      ["workspaces.create", { name: "child", parentId: workspaceId }],
      ["workspaces.configure", { id: workspaceId, tier: 4 }],
      ["workspaces.delete", { id: workspaceId, confirmName: "foreign", eraseData: true, cascade: true }],
      ["operations.get", { id: operationId }],
      ["volumes.get", { id: volumeId }],
      ["volumes.erase", { id: volumeId, confirmName: "foreign" }],
      ["volumes.adopt", { id: volumeId, name: "mine now" }],
      ["volumes.receipt", { id: volumeId }],
      ["tokens.create", { kind: "workspace", name: "spy", workspaceId }],
      ["tokens.revoke", { id: tokenId }],
      ...["list", "stat", "read", "write", "makeDirectory", "delete", "search"].map(
        (name): [string, Record<string, unknown>] => {
          const more: Record<string, unknown> = { list: {}, search: { name: "*" }, write: { path: "a", content: "" } };
          return [`files.${name}`, { workspaceId, root: "/workspace", ...((more[name] as object) ?? { path: "a" }) }];
        },
      ),
      ...["move", "copy"].map((name): [string, Record<string, unknown>] => [
        `files.${name}`,
        { workspaceId, root: "/workspace", from: "a", to: "b" },
      ]),
    ];
    for (const [name, input] of calls) {
      for (const token of [tokens.owner, tokens.org]) {
        if (token === tokens.org && ACCESS[name as Action] === "owner") continue;
        const response = await api.call(name, input, { token: token ?? null });
        expect([name, response.status, response.problem?.code]).toEqual([name, 404, "not_found"]);
      }
    }
    for (const method of ["GET", "PUT", "HEAD", "DELETE"]) {
      const { status } = await api.request(`/files/${workspaceId}/workspace/a?upload=${randomUUID()}`, { method });
      expect([method, status]).toEqual([method, 404]);
    }
  });

  test("is in no list, snapshot or event, and its layout cannot be changed", async () => {
    const lists: [string, Record<string, unknown>][] = [
      ["workspaces.list", { includeDeleted: true, limit: 500 }],
      ["workspaces.list", { parentId: foreign.workspaceId }],
      ["operations.list", { workspaceId: foreign.workspaceId }],
      ["operations.list", { limit: 500 }],
      ["volumes.list", {}],
      ["tokens.list", {}],
      ["tokens.list", { workspaceId: foreign.workspaceId }],
      ["canvas.snapshot", {}],
      ["events.list", { limit: 500 }],
      ["events.list", { workspaceId: foreign.workspaceId }],
    ];
    for (const [name, input] of lists) {
      const { status, text } = await api.call(name, input);
      expect([name, status]).toEqual([name, 200]);
      for (const id of Object.values(foreign)) expect([name, text.includes(id)]).toEqual([name, false]);
    }
    const moved = await api.call("canvas.saveLayout", { positions: [{ id: foreign.workspaceId, x: 9, y: 9 }] });
    expect(moved.data).toEqual({ saved: 0 });
    const { rows } = await api.pool.query("select x, desired, generation from workspaces where id = $1", [
      foreign.workspaceId,
    ]);
    expect(rows).toEqual([{ x: 0, desired: "running", generation: 1 }]);
  });

  test("a token of another org reads its own rows only", async () => {
    const mine = await api.call("workspaces.list", {}, { token: foreign.secret });
    expect(mine.data.items.map((item: Workspace) => item.id)).toEqual([foreign.workspaceId]);
    expect((await api.call("workspaces.get", { id: own.id }, { token: foreign.secret })).status).toBe(404);
    const { text } = await api.call("events.list", { limit: 500 }, { token: foreign.secret });
    expect(text).not.toContain(own.id);
  });
});
