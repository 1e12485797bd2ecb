import { createSignInCode } from "@berth/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiResponse, openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const anonymous = { token: null };
const cookieOf = (response: ApiResponse): string => response.headers.get("set-cookie")?.split(";")[0] ?? "";
const codeOf = (link: string): string => new URL(link).searchParams.get("code") ?? "";
const signInAt = (code: string) => api.request(`/sign-in?code=${code}`, { ...anonymous, redirect: "manual" });
const openSession = (token: string, headers: Record<string, string> = {}) =>
  api.request("/session", {
    ...anonymous,
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ token }),
  });
const asking = (cookie: string, headers: Record<string, string> = {}) =>
  api.call("session.get", undefined, { ...anonymous, headers: { cookie, ...headers } });

/** A session of the owner. */
async function ownerCookie(): Promise<string> {
  return cookieOf(await openSession(api.api.ownerToken));
}

describe("the sign-in link", () => {
  test("signs in once with a cookie, and redirects to the canvas", async () => {
    const code = codeOf(api.api.signInUrl);
    const first = await signInAt(code);
    expect([first.status, first.headers.get("location")]).toEqual([302, "/"]);
    const attributes = first.headers.get("set-cookie")?.split("; ") ?? [];
    expect(attributes.slice(1).sort()).toEqual(["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"]);
    expect(first.headers.get("cache-control")).toBe("no-store");
    expect((await asking(cookieOf(first))).data.actor.kind).toBe("owner");

    const second = await signInAt(code);
    expect([second.status, second.headers.get("location")]).toEqual([302, "/?sign-in=expired"]);
    expect(second.headers.get("set-cookie")).toBeNull();
  });

  test("is not used up by a link preview", async () => {
    const code = await createSignInCode(api.api.deps);
    expect((await api.request(`/sign-in?code=${code}`, { ...anonymous, method: "HEAD" })).status).toBe(405);
    expect((await signInAt(code)).headers.get("location")).toBe("/");
  });

  test("expires after ten minutes by the database's clock", async () => {
    const code = await createSignInCode(api.api.deps);
    const { rows } = await api.pool.query(
      "select extract(epoch from max(expires_at) - now())::int as seconds from sign_in_codes",
    );
    expect(rows[0].seconds).toBeGreaterThan(590);
    expect(rows[0].seconds).toBeLessThanOrEqual(600);
    await api.pool.query("update sign_in_codes set expires_at = now() - interval '1 second'");
    expect((await signInAt(code)).headers.get("location")).toBe("/?sign-in=expired");
  });

  test("creates one session for twenty concurrent requests", async () => {
    const code = await createSignInCode(api.api.deps);
    const responses = await Promise.all(Array.from({ length: 20 }, () => signInAt(code)));
    expect(responses.filter((response) => response.headers.get("location") === "/")).toHaveLength(1);
  });

  test.each(["", "?code=", "?code=%00", "?code=a&code=b", `?code=${"x".repeat(300)}`])(
    "rejects the malformed query %j",
    async (query) => {
      const { status, headers } = await api.request(`/sign-in${query}`, { ...anonymous, redirect: "manual" });
      expect([status, headers.get("location")]).toEqual([302, "/?sign-in=expired"]);
    },
  );
});

describe("POST and DELETE /session", () => {
  test("a token becomes a cookie, which a sign-out ends", async () => {
    const opened = await openSession(api.api.ownerToken);
    expect([opened.status, opened.text]).toEqual([204, ""]);
    const cookie = cookieOf(opened);
    expect((await asking(cookie)).status).toBe(200);
    const closed = await api.request("/session", {
      ...anonymous,
      method: "DELETE",
      headers: { cookie, origin: api.url },
    });
    expect(closed.status).toBe(204);
    expect(closed.headers.get("set-cookie")).toMatch(/^berth_session_[0-9a-f]{8}=;/);
    expect((await asking(cookie)).status).toBe(401);
  });

  test("a wrong token, no token and malformed bodies are rejected", async () => {
    const wrong = await openSession("brt_org_wrong");
    expect([wrong.status, wrong.problem?.code]).toEqual([401, "unauthenticated"]);
    for (const body of ["", "{", "[]", "null", '{"token":""}', '{"token":"a","more":1}', '{"token":5}']) {
      const headers = { "content-type": "application/json" };
      const response = await api.request("/session", { ...anonymous, method: "POST", headers, body });
      expect([body, response.status, response.problem?.code]).toEqual([body, 400, "invalid_input"]);
    }
    const form = { ...anonymous, method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await api.request("/session", { ...form, body: "token=x" })).status).toBe(415);
  });

  test("an expired session is rejected, and secrets are not stored", async () => {
    const cookie = await ownerCookie();
    const { rows } = await api.pool.query("select * from sessions");
    expect(JSON.stringify(rows)).not.toContain(cookie.split("=")[1]);
    await api.pool.query("update sessions set expires_at = now()");
    expect((await asking(cookie)).status).toBe(401);
  });

  test("the session of a token has its rights, and ends when it is revoked", async () => {
    const { data } = await api.call("tokens.create", { kind: "org", name: "browser" });
    const cookie = cookieOf(await openSession(data.secret));
    expect((await asking(cookie)).data.actor).toMatchObject({ kind: "org", name: "browser", role: "member" });
    const listed = await api.call("tokens.list", {}, { ...anonymous, headers: { cookie } });
    expect([listed.status, listed.problem?.code]).toEqual([403, "forbidden"]);
    await api.call("tokens.revoke", { id: data.token.id });
    expect((await asking(cookie)).status).toBe(401);
  });

  test("a bearer token overrides the cookie, even when it is wrong", async () => {
    const cookie = await ownerCookie();
    const { data } = await api.call("tokens.create", { kind: "org", name: "both" });
    const both = await asking(cookie, { authorization: `Bearer ${data.secret}` });
    expect(both.data.actor.kind).toBe("org");
    expect((await asking(cookie, { authorization: "Bearer brt_org_wrong" })).status).toBe(401);
  });

  test("the cookie is Secure when the public URL is https", async () => {
    await using secure = await openTestApi({ environment: { BERTH_PUBLIC_URL: "https://berth.example/" } });
    expect(secure.api.signInUrl).toMatch(/^https:\/\/berth\.example\/sign-in\?code=/);
    const { port } = new URL(secure.listening);
    const path = secure.api.signInUrl.replace("https://berth.example", "");
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" });
    expect(response.headers.get("set-cookie")).toContain("; Secure");
  });
});

describe("a mutation by cookie", () => {
  const mutate = (cookie: string, headers: Record<string, string>) =>
    api.call("canvas.saveViewport", { x: 1, y: 1, zoom: 1 }, { ...anonymous, headers: { cookie, ...headers } });

  test.each([
    ["from our own pages", () => ({ origin: api.url }), 200],
    ["with sec-fetch-site same-origin", () => ({ "sec-fetch-site": "same-origin" }), 200],
    ["from another site", () => ({ origin: "https://evil.example" }), 403],
    ["from another port of this host", () => ({ origin: "http://127.0.0.1:1" }), 403],
    ["from a sandboxed page", () => ({ origin: "null" }), 403],
    [
      "from another site with a forged sec-fetch-site",
      () => ({ origin: "https://evil.example", "sec-fetch-site": "same-origin" }),
      403,
    ],
    ["from a sibling site", () => ({ "sec-fetch-site": "same-site" }), 403],
    ["without an origin", () => ({}), 403],
  ])("%s", async (_, headers, status) => {
    const response = await mutate(await ownerCookie(), headers() as Record<string, string>);
    expect([response.status, response.problem?.code]).toEqual([status, status === 403 ? "forbidden" : undefined]);
  });

  test("file writes, sign-outs and sign-ins from another site are rejected, but need no origin with a bearer token", async () => {
    const { id } = await api.workspace({ name: "csrf" });
    const cookie = await ownerCookie();
    const evil = { cookie, origin: "https://evil.example" };
    const put = { ...anonymous, method: "PUT", body: "x" };
    expect((await api.request(`/files/${id}/workspace/a`, { ...put, headers: evil })).status).toBe(403);
    expect(
      (await api.request(`/files/${id}/workspace/a`, { ...put, headers: { cookie, origin: api.url } })).status,
    ).toBe(200);
    expect(
      (await api.request(`/files/${id}/workspace/a`, { method: "PUT", body: "x", headers: { origin: evil.origin } }))
        .status,
    ).toBe(200);
    expect((await api.request("/session", { ...anonymous, method: "DELETE", headers: evil })).status).toBe(403);
    expect((await openSession(api.api.ownerToken, { origin: evil.origin })).status).toBe(403);
    expect((await asking(cookie)).status).toBe(200);
  });

  test("no response allows another site to read it", async () => {
    const response = await api.call("session.get", undefined, { headers: { origin: "https://evil.example" } });
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("with BERTH_ORG_ID", () => {
  test("a request meant for another org gets a bare 404, however its address is written", async () => {
    await using guarded = await openTestApi({ environment: { BERTH_ORG_ID: "acme" } });
    const ask = (path: string, headers: Record<string, string> = {}, token?: null) =>
      guarded.request(path, { headers, redirect: "manual", ...(token === null ? { token } : {}) });
    const refused: [string, Record<string, string>][] = [
      ["/trpc/session.get", {}],
      ["/%74rpc/session.get", {}],
      ["/trpc/session.get", { "x-berth-org-id": "other" }],
      ["/trpc/session.get", { "x-molecule-org-id": "other" }],
      ["/trpc/session.get", { "x-berth-org-id": "other", "x-molecule-org-id": "acme" }],
      ["/trpc/no.such.thing", {}],
      ["/files/x/workspace/a", {}],
      ["/%66iles/x/workspace/a", {}],
      ["/volumes/x/workspace/a", {}],
      ["/metrics", { "x-berth-org-id": "other" }],
      ["/nowhere", { "x-berth-org-id": "other" }],
      ["/", { "x-berth-org-id": "other" }],
    ];
    for (const [path, headers] of refused) {
      const { status, text } = await ask(path, headers);
      expect([path, status, text]).toEqual([path, 404, ""]);
    }
    for (const name of ["x-berth-org-id", "x-molecule-org-id"]) {
      expect((await ask("/trpc/session.get", { [name]: "acme" })).status).toBe(200);
      expect((await ask("/trpc/session.get", { [name]: "acme" }, null)).status).toBe(401);
    }
    expect((await ask("/trpc/session.get", { "sec-fetch-site": "same-origin" })).status).toBe(200);
    expect((await ask("/healthz", { "x-berth-org-id": "other" }, null)).status).toBe(200);
    expect((await ask("/readyz", {}, null)).status).toBe(200);
  });
});
