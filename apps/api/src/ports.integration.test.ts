import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { insertForeignOrg } from "./testing/foreign-org.ts";
import { type PortServer, startPortServer } from "./testing/port-server.ts";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let workspace: Workspace;
let server: PortServer;
beforeAll(async () => {
  api = await openTestApi({ environment: { BERTH_BACKENDS: "local" } });
  workspace = await api.workspace({ name: "ports" });
  server = await startPortServer(api, workspace, "127.0.0.1");
});
afterAll(() => api[Symbol.asyncDispose]());

const at = (path: string, port = server.port) => `/port/${workspace.id}/${port}${path}`;
const authorization = () => `Bearer ${api.api.ownerToken}`;
/** Bytes on a separate connection, and all that comes back until it is closed. */
async function raw(lines: string[], body = ""): Promise<string> {
  const socket = connect(api.api.port, "127.0.0.1");
  socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  return text(socket);
}

describe("ports.list", () => {
  test("lists what the workspace's programs listen on, and nothing else of the host", async () => {
    const { data } = await api.call("ports.list", { workspaceId: workspace.id });
    expect(data.items).toHaveLength(1);
    expect(data.items[0]).toMatchObject({ port: server.port, address: "127.0.0.1", process: "node", shares: [] });
  });

  test("reports a stopped workspace and wakes nothing", async () => {
    const { id } = await api.workspace({ name: "asleep" });
    await api.operationEnded((await api.call("workspaces.hibernate", { id })).data.id);
    const listed = await api.call("ports.list", { workspaceId: id });
    expect(listed.problem).toMatchObject({
      code: "workspace_not_running",
      message: expect.stringContaining("Wake it"),
    });
    expect((await api.call("workspaces.get", { id })).data.status).toBe("hibernated");
  });
});

describe("a request to /port", () => {
  test("reaches the server with its method, path, headers and body, and without Berth's credentials", async () => {
    const response = await fetch(`${api.listening}${at("/echo?a=1&b=%2F")}`, {
      method: "PATCH",
      headers: {
        ...{ authorization: authorization(), cookie: "berth_session_x=secret", "x-mine": "kept" },
        ...{ "x-forwarded-host": "forged", forwarded: "host=forged", "content-type": "application/json" },
      },
      body: '{"half":',
    });
    expect(response.status).toBe(207);
    const { method, url, rawHeaders, body } = (await response.json()) as { rawHeaders: string[] } & Record<
      string,
      string
    >;
    expect([method, url, body]).toEqual(["PATCH", "/echo?a=1&b=%2F", '{"half":']);
    const seen = rawHeaders.join("\n");
    expect(seen).toContain(`Host\nlocalhost:${server.port}`);
    expect(seen).toContain(`X-Forwarded-Prefix\n${at("")}`);
    expect(seen).toContain("x-mine\nkept");
    expect(seen).not.toMatch(/authorization|cookie|secret|forged/i);
    expect(seen).not.toContain(api.api.ownerToken);
    expect(response.headers.get("x-twice")).toBe("1, 2");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("content-security-policy")).toBe("sandbox");
  });

  test("passes on HEAD, whose response has no body", async () => {
    expect(await api.request(at("/page"), { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  });

  test.each(["GET", "DELETE", "OPTIONS", "PROPFIND"])("passes on %s", async (method) => {
    const response = await api.request(at("/echo"), { method });
    expect(response.status).toBe(207);
    expect(response.data).toMatchObject({ method, body: "" });
  });

  test("passes the parts of a body on in both directions at once", async () => {
    const response = raw(
      [
        `POST ${at("/upper")} HTTP/1.1`,
        "host: x",
        `authorization: ${authorization()}`,
        "connection: close",
        "transfer-encoding: chunked",
      ],
      "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
    );
    expect((await response).replaceAll(/\r\n\d\r\n/g, "")).toContain("AB");
  });

  test("frames the body of a GET, which would otherwise be a second request", async () => {
    const smuggled = "GET /echo?smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    const response = await raw(
      [
        `GET ${at("/echo")} HTTP/1.1`,
        "host: x",
        `authorization: ${authorization()}`,
        "connection: close, content-length",
        `content-length: ${smuggled.length}`,
      ],
      smuggled,
    );
    expect(response).toContain(JSON.stringify(smuggled).slice(1, -1));
    expect(response.match(/HTTP\/1\.1 207/g)).toHaveLength(1);
  });

  test("is rejected when its length is ambiguous", async () => {
    const head = [`POST ${at("/echo")} HTTP/1.1`, "host: x", `authorization: ${authorization()}`, "connection: close"];
    expect(await raw([...head, "content-length: 5", "transfer-encoding: chunked"], "0\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 400/,
    );
  });

  test("streams events at once, and the server sees the caller leave", async () => {
    const leave = new AbortController();
    const response = await fetch(`${api.listening}${at("/events")}`, {
      headers: { authorization: authorization() },
      signal: leave.signal,
    });
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toBe("data: first\n\n");
    leave.abort();
    await expect.poll(() => server.printed()).toContain("events closed");
  });

  test("uploads a large body unchanged", async () => {
    const body = randomBytes(32 * 1024 * 1024);
    const response = await api.request(at("/hash"), { method: "POST", body });
    expect(response.text).toBe(createHash("sha256").update(body).digest("hex"));
  });

  test("slows the server down when the caller does not read", async () => {
    const caller = connect(api.api.port, "127.0.0.1");
    caller.write(`GET ${at("/flood")} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization()}\r\n\r\n`);
    await once(caller, "readable");
    const sent = async () => Number((await api.request(at("/sent"))).text);
    // Buffers fill up, and then it sends no more.
    let before = -1;
    await expect
      .poll(
        async () => {
          const now = await sent();
          const grew = now - before;
          before = now;
          return grew;
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(0);
    expect(before).toBeLessThan(64 * 1024 * 1024);
    caller.destroy();
  });

  test("breaks when the response of the server does", async () => {
    const response = await fetch(`${api.listening}${at("/cut")}`, { headers: { authorization: authorization() } });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test("reaches a server that listens on ::1 only", async () => {
    const six = await startPortServer(api, workspace, "::1");
    expect((await api.request(at("/page", six.port))).text).toContain("My page");
    const { data } = await api.call("ports.list", { workspaceId: workspace.id });
    expect(data.items).toContainEqual(expect.objectContaining({ port: six.port, address: "::1", process: "node" }));
  });

  test("says what to do when nothing listens", async () => {
    const { status, problem, headers } = await api.request(at("/", 1));
    expect([status, problem?.code, headers.get("retry-after")]).toEqual([503, "port_not_listening", "5"]);
    expect(problem?.message).toContain("Start a server");
  });

  test("does not reach a server of the host that is not the workspace's", async () => {
    const other = createServer((_request, response) => response.end("of the host")).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect((await api.request(at("/", port))).problem?.code).toBe("port_not_listening");
    // Nor Berth itself.
    expect((await api.request(at("/healthz", api.api.port))).problem?.code).toBe("port_not_listening");
    const neighbour = await api.workspace({ name: "neighbour" });
    const { problem } = await api.request(`/port/${neighbour.id}/${server.port}/page`);
    expect(problem?.code).toBe("port_not_listening");
    other.close();
  });
});

describe("a WebSocket to /port", () => {
  const open = (path: string, headers: Record<string, string> = { authorization: authorization() }) =>
    new WebSocket(`${api.listening.replace("http", "ws")}${at(path)}`, { headers });

  test("is passed on in both directions, until one side leaves", async () => {
    const webSocket = open("/socket");
    await once(webSocket, "open");
    webSocket.send("hello");
    expect(String((await once(webSocket, "message"))[0])).toBe("hello");
    webSocket.terminate();
    await expect.poll(() => server.printed()).toContain("socket closed");
  });

  test.each([
    ["the server refuses", "/refuse", undefined, 418],
    ["there is no token", "/socket", {}, 401],
    ["the token is wrong", "/socket", { authorization: "Bearer brt_ws_wrong" }, 401],
  ])("is refused when %s", async (_, path, headers, status) => {
    const webSocket = open(path, headers);
    webSocket.on("error", () => {});
    const [, response] = await once(webSocket, "unexpected-response");
    expect(response.statusCode).toBe(status);
  });
});

describe("access to /port", () => {
  test("needs a bearer token: a session's cookie does not count", async () => {
    const signedIn = await fetch(`${api.listening}/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: api.api.ownerToken }),
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect((await api.request("/trpc/session.get", { token: null, headers: { cookie } })).status).toBe(200);
    expect((await api.request(at("/page"), { token: null, headers: { cookie } })).status).toBe(401);
  });

  test("is limited to the own org and, for a workspace's token, to the own workspace", async () => {
    const foreign = await insertForeignOrg(api.pool);
    const input = { kind: "workspace", name: "t", workspaceId: workspace.id };
    const own = (await api.call("tokens.create", input)).data.secret as string;
    const other = await api.workspace({ name: "another" });
    expect((await api.request(at("/page"), { token: own })).status).toBe(200);
    expect((await api.request(`/port/${other.id}/80/`, { token: own })).status).toBe(404);
    expect((await api.request(at("/page"), { token: foreign.secret })).status).toBe(404);
  });
});
