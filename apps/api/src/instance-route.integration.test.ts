import { createHmac, randomBytes } from "node:crypto";
import { enrolmentToken } from "@berth/backends";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let id: string;
let workspaceId: string;

beforeEach(async () => {
  api = await openTestApi();
  workspaceId = (await api.workspace({ name: "one" })).id;
  const { rows } = await api.pool.query("select incarnation_id from workspaces where id = $1", [workspaceId]);
  id = rows[0].incarnation_id;
});
afterEach(() => api[Symbol.asyncDispose]());

const secretOf = (what: string, incarnationId: string): string =>
  createHmac("sha256", api.api.deps.installation.tunnelSecret).update(`${what}:${incarnationId}`).digest("base64url");

const tokenOf = (incarnationId: string, attempt = 1): string =>
  enrolmentToken(secretOf("enrolment", incarnationId), attempt);

const newKey = (): string => randomBytes(32).toString("hex");

const post = (what: "enrolment" | "steps", token: string | null, body: string) =>
  api.request(`/daemon/${id}/${what}`, { method: "POST", token, body, headers: { "content-type": "text/plain" } });

const ask = (part: string, token: string | null) => api.request(`/daemon/${id}/${part}`, { token });

async function enrolled(): Promise<string> {
  const key = newKey();
  expect((await post("enrolment", tokenOf(id), key)).status).toBe(204);
  return key;
}

test("an enrolled instance gets its boot document, the daemon and a Node runtime", async () => {
  const key = await enrolled();
  const boot = await ask("boot", key);
  expect(boot.status).toBe(200);
  expect(boot.data).toMatchObject({
    workspaceId,
    incarnationId: id,
    generation: 1,
    tunnelToken: secretOf("tunnel", id),
    tunnelUrl: expect.stringMatching(/^ws:.*\/tunnel$/),
    roots: { "/workspace": "/workspace", "/configs": "/configs", "/agent-home": "/root" },
  });
  expect(boot.headers.get("cache-control")).toBe("no-store");
  const bundle = await fetch(`${api.listening}/daemon/${id}/bundle?machine=x86_64`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const tar = Buffer.from(await bundle.arrayBuffer());
  expect(tar.length).toBe(Number(bundle.headers.get("content-length")));
  expect(tar.subarray(0, 10).toString()).toBe("daemon.cjs");
  const foreign = await api.request(`/daemon/${id}/node?machine=riscv64`, { token: key });
  expect([foreign.status, foreign.problem?.code]).toEqual([501, "unsupported_by_backend"]);
  expect((await post("steps", key, "hello")).status).toBe(204);
  expect((await ask("everything", key)).status).toBe(404);

  const deleted = await api.call("workspaces.delete", { id: workspaceId, confirmName: "one" });
  await api.operationEnded(deleted.data.id);
  expect((await ask("boot", key)).status).toBe(401);
  expect((await post("enrolment", tokenOf(id), key)).status).toBe(401);
});

test("an instance with a wrong token is rejected", async () => {
  const key = await enrolled();
  const others = [null, "", "made-up", api.api.ownerToken, tokenOf(id), secretOf("tunnel", id), newKey()];
  for (const token of others) {
    for (const part of ["boot", "bundle", "node"]) {
      const response = await ask(part, token);
      expect([response.status, response.problem?.code]).toEqual([401, "unauthenticated"]);
    }
    expect((await post("steps", token, "hello")).status).toBe(401);
  }
  for (const token of [null, "made-up", api.api.ownerToken, tokenOf(workspaceId), secretOf("tunnel", id), key]) {
    expect((await post("enrolment", token, newKey())).status).toBe(401);
  }
  expect((await ask("boot", key)).status).toBe(200);
});

test("a launch token is accepted once, and a lost response can be requested again", async () => {
  const key = await enrolled();
  const another = await post("enrolment", tokenOf(id), newKey());
  expect([another.status, another.problem?.code]).toEqual([409, "already_exists"]);
  expect((await post("enrolment", tokenOf(id), key)).status).toBe(204);
  expect((await ask("boot", key)).status).toBe(200);
});

test("an instance of a later launch replaces an earlier one, and never the reverse", async () => {
  const first = await enrolled();
  const second = newKey();
  expect((await post("enrolment", tokenOf(id, 2), second)).status).toBe(204);
  expect((await ask("boot", second)).status).toBe(200);
  expect((await ask("boot", first)).status).toBe(401);
  expect((await post("enrolment", tokenOf(id), first)).status).toBe(409);
});

test("one of many concurrent instances is admitted", async () => {
  const keys = Array.from({ length: 10 }, newKey);
  const statuses = await Promise.all(keys.map(async (key) => (await post("enrolment", tokenOf(id), key)).status));
  expect(statuses.filter((status) => status === 204)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(9);
  const admitted = await Promise.all(keys.map(async (key) => (await ask("boot", key)).status === 200));
  expect(admitted).toEqual(statuses.map((status) => status === 204));
});

test("an instance with an invalid id is not found", async () => {
  const headers = { "content-type": "text/plain" };
  for (const what of ["enrolment", "steps"]) {
    const path = `/daemon/${"x".repeat(150)}/${what}`;
    const response = await api.request(path, { method: "POST", token: "1.abc", body: "a", headers });
    expect([response.status, response.problem?.code]).toEqual([404, "not_found"]);
  }
});

test.each(["", "short", "x".repeat(64), "a".repeat(65), "é".repeat(64)])("%j is rejected as a key", async (key) => {
  const response = await post("enrolment", tokenOf(id), key);
  expect([response.status, response.problem?.code]).toEqual([400, "invalid_input"]);
});
