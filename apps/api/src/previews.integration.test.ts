import { once } from "node:events";
import type { PortShare, Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "./testing/free-port.ts";
import { type PortServer, startPortServer } from "./testing/port-server.ts";
import { cookieIn, previewCalls } from "./testing/preview-calls.ts";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let workspace: Workspace;
let server: PortServer;
let preview: ReturnType<typeof previewCalls>;
let host: string;
beforeAll(async () => {
  api = await openTestApi({ environment: { BERTH_BACKENDS: "local", PORT: String(await freePort()) } });
  workspace = await api.workspace({ name: "previews" });
  server = await startPortServer(api, workspace, "127.0.0.1");
  host = `${server.port}--${workspace.id}.localhost:${api.api.port}`;
  preview = previewCalls(api.api.port, host);
});
afterAll(() => api[Symbol.asyncDispose]());

const PERSON = { accept: "text/html,*/*", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
const bearer = () => ({ authorization: `Bearer ${api.api.ownerToken}` });
const share = async (input: object = {}): Promise<PortShare> => {
  const asked = { workspaceId: workspace.id, port: server.port, expiresInSeconds: 3600, ...input };
  const shared = await api.call("ports.share", asked);
  expect(shared.problem).toBeUndefined();
  return shared.data;
};
const pathOf = ({ url }: PortShare): string => new URL(url).pathname + new URL(url).search;
/** The cookie of a browser that opened the link. */
const visit = async (link: PortShare): Promise<string> => {
  const opened = await preview.get(pathOf(link), PERSON);
  expect([opened.status, opened.headers.location]).toEqual([302, "/"]);
  return cookieIn(opened);
};
/** Signs in to Berth. */
async function session(): Promise<string> {
  const response = await fetch(`${api.listening}/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: api.api.ownerToken }),
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}
/** Follows the redirects of a signed-in browser from the preview through Berth and back. */
async function handOver(berthCookie: string) {
  const first = await preview.get("/page?x=1", PERSON);
  const toBerth = new URL(first.headers.location ?? "");
  expect(toBerth.origin).toBe(api.url);
  const headers = { cookie: berthCookie };
  const second = await api.request(toBerth.pathname + toBerth.search, { token: null, headers, redirect: "manual" });
  const back = new URL(second.headers.get("location") ?? "");
  expect(back.host).toBe(host);
  return back.pathname + back.search;
}

describe("the host of a preview", () => {
  test("reaches the server, which sees a local name and none of Berth's credentials", async () => {
    const cookie = `${await visit(await share())}; berth_session_12345678=forged; mine=1`;
    const origin = `http://${host}`;
    const { status, text, headers } = await preview.get(
      "/echo?a=%2F",
      { cookie, origin, referer: `${origin}/page` },
      "PUT",
    );
    expect(status).toBe(207);
    const seen = JSON.parse(text).rawHeaders.join("\n");
    expect(JSON.parse(text).url).toBe("/echo?a=%2F");
    expect(seen).toContain(`Host\nlocalhost:${server.port}`);
    expect(seen.toLowerCase()).toContain(`origin\nhttp://localhost:${server.port}\n`);
    expect(seen.toLowerCase()).toContain(`referer\nhttp://localhost:${server.port}/page`);
    expect(seen).toContain("mine=1");
    expect(seen).not.toMatch(/berth_|forged/);
    // Its cookie is limited to this host.
    expect(headers["set-cookie"]).toEqual(["theirs=1; Path=/"]);
  });

  test("serves nothing of Berth", async () => {
    for (const path of ["/healthz", "/trpc/session.get", "/sign-in?code=x", "/terminal/a/b", "/tunnel", "/"]) {
      expect(await preview.get(path, bearer()), path).toMatchObject({ status: 404, text: "theirs" });
    }
    // Whichever path is asked for.
    const webSocket = preview.socket(`/terminal/${workspace.id}/x`, bearer());
    await once(webSocket, "open");
    webSocket.terminate();
  });

  test.each(["0--", "70000--", "x--", "80--not-an-id"])("is not answered by Berth when it is %s", async (start) => {
    const name = start.endsWith("--") ? `${start}${workspace.id}` : start;
    const { status, text } = await previewCalls(api.api.port, `${name}.localhost`).get("/healthz", bearer());
    expect(status).toBe(404);
    expect(text).toContain("No preview has this name");
  });

  test("turns a redirect to the local address into one to the preview", async () => {
    const { headers } = await preview.get("/away", bearer());
    expect(headers.location).toBe(`http://${host}/echo`);
  });

  test("says what to do when nothing listens", async () => {
    const silent = previewCalls(api.api.port, `1--${workspace.id}.localhost`);
    const page = await silent.get("/", { ...bearer(), ...PERSON });
    expect([page.status, page.headers["content-type"]]).toEqual([503, "text/html; charset=utf-8"]);
    expect(page.text).toContain("Start a server");
  });
});

describe("a person who is signed in to Berth", () => {
  test("is handed over once, by a code for this preview only", async () => {
    const path = await handOver(await session());
    const elsewhere = previewCalls(api.api.port, `1--${workspace.id}.localhost`);
    expect((await elsewhere.get(path, PERSON)).status).toBe(401);
    const opened = await preview.get(path, PERSON);
    expect([opened.status, opened.headers.location]).toEqual([302, "/page?x=1"]);
    expect(opened.headers["set-cookie"]?.[0]).toMatch(/; HttpOnly; SameSite=Lax/);
    expect((await preview.get("/page", { cookie: cookieIn(opened) })).text).toContain("My page");
    expect((await preview.get(path, PERSON)).status).toBe(401);
    expect((await elsewhere.get("/", { cookie: cookieIn(opened) })).status).toBe(401);
  });

  test("loses the preview on signing out", async () => {
    const cookie = await session();
    const opened = await preview.get(await handOver(cookie), PERSON);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    expect((await api.request("/session", { method: "DELETE", token: null, headers })).status).toBe(204);
    expect((await preview.get("/page", { cookie: cookieIn(opened) })).status).toBe(401);
  });

  test("is not handed over without a session, or to another origin", async () => {
    expect((await api.request(`/preview/${workspace.id}/80`, { token: null })).status).toBe(401);
    const redirected = await api.request(`/preview/${workspace.id}/80?path=//evil.example/`, { redirect: "manual" });
    const back = new URL(redirected.headers.get("location") ?? "");
    const opened = await previewCalls(api.api.port, back.host).get(back.pathname + back.search, PERSON);
    expect(opened.headers.location).toBe("/");
  });
});

describe("the cookie of a preview", () => {
  test.each([
    ["a request from another site", { origin: "http://evil.example" }],
    [
      "a request from another workspace's preview",
      { origin: `http://80--${"0".repeat(8)}-0000-4000-8000-${"0".repeat(12)}.localhost` },
    ],
    ["a subresource of another site", { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }],
    ["an opaque origin", { origin: "null" }],
  ])("does not count for %s", async (_, headers) => {
    const cookie = await visit(await share());
    expect((await preview.get("/echo", { cookie, ...headers }, "POST")).status).toBe(403);
    expect((await preview.get("/echo", { cookie, origin: `http://${host}` }, "POST")).status).toBe(207);
  });

  test("means nothing to Berth, and Berth allows no origin of a preview", async () => {
    const cookie = await visit(await share());
    expect((await api.request("/trpc/session.get", { token: null, headers: { cookie } })).status).toBe(401);
    const headers = { cookie: await session(), origin: `http://${host}`, "content-type": "text/plain" };
    const read = await api.request("/trpc/session.get", { token: null, headers });
    expect(read.headers.get("access-control-allow-origin")).toBeNull();
    const written = await api.request("/trpc/ports.revoke", { method: "POST", token: null, headers, body: "{}" });
    expect([403, 415]).toContain(written.status);
  });
});

describe("a share link", () => {
  test("is listed with its port until it is revoked, also while nothing listens", async () => {
    const link = await share({ port: 4 });
    const listed = async () => {
      const { data } = await api.call("ports.list", { workspaceId: workspace.id });
      return data.items.find(({ port }: { port: number }) => port === 4);
    };
    const previewUrl = `http://4--${workspace.id}.localhost:${api.api.port}/`;
    expect(await listed()).toEqual({ port: 4, address: null, process: null, previewUrl, shares: [link] });
    expect((await api.call("ports.revoke", { id: link.id })).data).toEqual({ id: link.id });
    expect(await listed()).toBeUndefined();
    const { rows } = await api.pool.query("select secret_hash from port_shares");
    expect(JSON.stringify(rows)).not.toContain(new URL(link.url).searchParams.get("berth_share"));
  });

  test("opens its own port only, and works without a cookie for programs", async () => {
    const link = await share();
    expect((await preview.get(`/page${new URL(link.url).search}`)).text).toContain("My page");
    const elsewhere = previewCalls(api.api.port, `1--${workspace.id}.localhost`);
    expect((await elsewhere.get(pathOf(link))).status).toBe(401);
  });

  test("closes within a second when it is revoked, with its WebSockets and streams", async () => {
    const link = await share();
    const cookie = await visit(link);
    const webSocket = preview.socket("/socket", { cookie });
    await once(webSocket, "open");
    const stream = preview.get("/events", { cookie }).catch(() => "cut");
    const closed = once(webSocket, "close");
    const other = preview.socket("/socket", bearer());
    await once(other, "open");
    const revokedAt = performance.now();
    await api.call("ports.revoke", { id: link.id });
    expect((await preview.get("/page", { cookie })).status).toBe(401);
    await closed;
    expect(await stream).toBe("cut");
    expect(performance.now() - revokedAt).toBeLessThan(1000);
    expect(other.readyState).toBe(other.OPEN);
    other.terminate();
    const person = await preview.get(pathOf(link), PERSON);
    expect([person.status, person.text]).toEqual([401, expect.stringContaining("expired or was revoked")]);
  });

  test("ends when it expires", async () => {
    const link = await share({ expiresInSeconds: 1 });
    const cookie = await visit(link);
    await expect.poll(async () => (await preview.get("/page", { cookie })).status, { timeout: 5000 }).toBe(401);
  });
});

describe("access to a preview", () => {
  test("is denied without credentials and with a wrong or foreign token", async () => {
    expect((await preview.get("/page")).status).toBe(401);
    expect((await preview.get("/page", { authorization: "Bearer brt_org_wrong", ...PERSON })).status).toBe(401);
    const other = await api.workspace({ name: "other" });
    const token = await api.call("tokens.create", { kind: "workspace", name: "t", workspaceId: other.id });
    const authorization = `Bearer ${token.data.secret}`;
    expect((await preview.get("/page", { authorization })).status).toBe(404);
    const link = await share();
    expect((await api.call("ports.revoke", { id: link.id }, { token: token.data.secret })).status).toBe(404);
  });

  test("ends with the token, also for open connections", async () => {
    const { data } = await api.call("tokens.create", { kind: "org", name: "short" });
    const authorization = `Bearer ${data.secret}`;
    const webSocket = preview.socket("/socket", { authorization });
    await once(webSocket, "open");
    const closed = once(webSocket, "close");
    await api.call("tokens.revoke", { id: data.token.id });
    await closed;
    expect((await preview.get("/page", { authorization })).status).toBe(401);
  });
});
