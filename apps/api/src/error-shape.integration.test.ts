import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { LIMITS, PROBLEM_STATUS, retryAfterSeconds } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorBodyShape } from "./testing/api-shapes.ts";
import { type ApiResponse, openTestApi, procedures, read, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let workspaceId: string;
beforeAll(async () => {
  api = await openTestApi();
  ({ id: workspaceId } = await api.workspace({ name: "shapes" }));
});
afterAll(() => api[Symbol.asyncDispose]());

const json = { "content-type": "application/json" };
const huge = { "x-huge": "x".repeat(3 * 1024 * 1024) };

interface Malformed {
  what: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  query?: string;
}

const MALFORMED: Malformed[] = [
  { what: "nothing at all" },
  { what: "an empty body", headers: json, body: "" },
  { what: "truncated JSON", headers: json, body: '{"id":"8e3d4b5' },
  { what: "JSON of another kind", headers: json, body: "[1]" },
  { what: "a gzip body", headers: { ...json, "content-encoding": "gzip" }, body: gzipSync("{}") },
  { what: "a gzip body that no header names", headers: json, body: gzipSync("{}") },
  { what: "a body that is not UTF-8", headers: json, body: Buffer.from('{"name":"\xe4"}', "latin1") },
  { what: "a body in UTF-16", headers: { "content-type": "application/json; charset=utf-16" }, body: "{}" },
  { what: "a form", headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" },
  { what: "no content type", body: Buffer.from("{}") },
  { what: "a batch", query: "batch=1&input=%7B%7D" },
  { what: "an input that is not JSON", query: "input=%7B" },
  { what: "an input with NUL", query: "input=%22%00%22&archive=%00&upload=%00&after=%00" },
  { what: "a range after the end", headers: { range: "bytes=999999-" } },
  { what: "a key that is too long", headers: { ...json, "idempotency-key": "k".repeat(201) }, body: "{}" },
];

/** A value for each route parameter. */
const FILLERS = ["8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f", "not-a-uuid", "%00", "%ff"];

/** Marks a header that is omitted. */
const NO_HEADER = "(none)";

/** Routes without our error shape: probes, pages, metrics, and MCP, whose errors are JSON-RPC. */
const OTHER_SHAPES = new Set(["/readyz", "/metrics", "/llms.txt", "/mcp", "/*"]);

/** Checks the shape, the status of the code, and Retry-After where it applies. */
function expectErrorShape(response: ApiResponse, context: string): void {
  const { error } = errorBodyShape.parse(response.data, { error: () => `${context}: ${response.text.slice(0, 200)}` });
  const { problem } = error.data;
  expect([response.status, error.data.httpStatus], context).toEqual([
    PROBLEM_STATUS[problem.code as keyof typeof PROBLEM_STATUS],
    response.status,
  ]);
  const seconds = retryAfterSeconds(problem as Parameters<typeof retryAfterSeconds>[0]);
  expect(response.headers.get("retry-after"), context).toBe(seconds === null ? null : String(seconds));
  expect(response.status, context).not.toBe(500);
}

async function send(method: string, url: string, { headers = {}, body, query }: Malformed): Promise<ApiResponse> {
  const withBody = method === "GET" || method === "HEAD" ? {} : { body: body ?? null };
  const at = `${api.listening}${url}${query === undefined ? "" : `?${query}`}`;
  const authorization = `Bearer ${api.api.ownerToken}`;
  return read(
    await fetch(at, { method, headers: { ...headers, authorization }, redirect: "manual", ...withBody } as RequestInit),
  );
}

describe("every error of every route has the same shape", () => {
  test.each(MALFORMED)("when it receives $what", { timeout: 60_000 }, async (malformed) => {
    const urls = new Map<string, Set<string>>();
    for (const { method, url } of api.api.routes) {
      if (["HEAD", "TRACE"].includes(method) || OTHER_SHAPES.has(url)) continue;
      for (const filler of FILLERS) {
        const filled = url === "/trpc/:path" ? `/trpc/${filler}` : url.replaceAll(/:\w+|\*/g, filler);
        urls.set(filled, (urls.get(filled) ?? new Set()).add(method));
      }
    }
    for (const { name } of procedures) urls.set(`/trpc/${name}`, new Set(["GET", "POST"]));
    const calls = [...urls].flatMap(([url, methods]) => [...methods].map((method) => ({ method, url })));
    const responses = await Promise.all(
      calls.map(async ({ method, url }) => ({
        context: `${method} ${url}`,
        response: await send(method, url, malformed),
      })),
    );
    const errors = responses.filter(({ response }) => response.status >= 400);
    for (const { response, context } of errors) expectErrorShape(response, context);
    expect(errors.length).toBeGreaterThan(50);
  });

  test.each([
    ["headers that are too large", "GET /healthz", huge, 431, "headers_too_large"],
    ["bytes that are no HTTP", "\x16\x03\x01", {}, 400, "invalid_input"],
    ["an invalid method", "WHAT /healthz", {}, 400, "invalid_input"],
    ["a CONNECT", "CONNECT example.org:443", {}, 405, "method_not_allowed"],
    ["a TRACE", "TRACE /healthz", { connection: "close" }, 405, "method_not_allowed"],
    ["no Host", "GET /nothing", { host: NO_HEADER, connection: "close" }, 400, "invalid_input"],
    ["an empty Host", "GET /nothing", { host: "", connection: "close" }, 404, "not_found"],
    ["an Expect that is unknown", "GET /nothing", { expect: "tea", connection: "close" }, 404, "not_found"],
    [
      "a terminal connection without a token",
      "GET /terminal/a/b",
      { upgrade: "websocket", connection: "upgrade" },
      401,
      "unauthenticated",
    ],
    [
      "a tunnel connection without a token",
      "GET /tunnel",
      { upgrade: "websocket", connection: "upgrade" },
      401,
      "unauthenticated",
    ],
  ])("when it receives %s", async (_, line, headers, status, code) => {
    const response = await sendRaw(line, headers as Record<string, string>);
    expectErrorShape(response, line);
    expect([response.status, response.problem?.code]).toEqual([status, code]);
  });

  test("an unsatisfiable range reports the size of the file", async () => {
    const content = { workspaceId, root: "/workspace", path: "/short", content: "12345" };
    expect((await api.call("files.write", content)).status).toBe(200);
    const response = await send("GET", `/files/${workspaceId}/workspace/short`, {
      what: "",
      headers: { range: "bytes=5-" },
    });
    expectErrorShape(response, "range");
    expect([response.status, response.headers.get("content-range"), response.problem?.details]).toEqual([
      416,
      "bytes */5",
      { sizeBytes: 5 },
    ]);
  });
});

/** The methods of each address, from the routes and the procedure types. */
function methodsOfAddresses(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, url } of api.api.routes) {
    if (url.startsWith("/trpc/") || url === "/*") continue;
    const filled = url.replaceAll(/:\w+|\*/g, workspaceId);
    methods.set(filled, [...(methods.get(filled) ?? []), method].sort());
  }
  for (const { name, type } of procedures) {
    methods.set(`/trpc/${name}`, type === "mutation" ? ["POST"] : ["GET", "HEAD"]);
  }
  return methods;
}

describe("an unsupported method", () => {
  const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY"];

  test("is 405, and Allow lists the supported methods", { timeout: 60_000 }, async () => {
    const seen = new Set<string>();
    for (const [url, allowed] of methodsOfAddresses()) {
      for (const method of METHODS.filter((each) => !allowed.includes(each))) {
        const response = await send(method, url, { what: "", headers: { "content-type": "text/csv" }, body: "a,b" });
        expectErrorShape(response, `${method} ${url}`);
        const actual = [response.status, response.problem?.code, response.headers.get("allow")];
        expect(actual, `${method} ${url}`).toEqual([405, "method_not_allowed", allowed.join(", ")]);
        seen.add(url);
      }
    }
    for (const url of ["/healthz", "/session", "/sign-in", "/tunnel", `/terminal/${workspaceId}/${workspaceId}`])
      expect(seen).toContain(url);
    expect(seen).toContain(`/files/${workspaceId}/${workspaceId}`);
    expect(seen).toContain(`/daemon/${workspaceId}/enrolment`);
    expect(seen.size).toBeGreaterThan(procedures.length);
  });

  test("is 404 for an unknown address", async () => {
    for (const url of ["/nothing/here", "/trpc/no.such", `/trpc/${"x".repeat(3000)}`, `/${"%00".repeat(300)}`]) {
      for (const method of ["POST", "PATCH", "QUERY"]) {
        const response = await send(method, url, { what: "", headers: json, body: "{}" });
        expectErrorShape(response, `${method} ${url}`);
        expect([response.status, response.headers.get("allow")], `${method} ${url}`).toEqual([404, null]);
      }
    }
  });
});

describe("an address or a header that is too long", () => {
  test.each([
    ["a query", `/trpc/workspaces.list?input=${"x".repeat(LIMITS.requestAddressBytesMax)}`],
    ["a path of files", `/files/8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f/workspace/${"x".repeat(200_000)}`],
    ["one name", `/files/${"x".repeat(100_000)}/workspace/a`],
    ["nothing known", `/${"x".repeat(300_000)}`],
  ])("in %s is 414", async (_, url) => {
    for (const method of ["GET", "PUT", "POST"]) {
      const response = await send(method, url, { what: "" });
      expectErrorShape(response, method);
      expect([response.status, response.problem?.code]).toEqual([414, "address_too_long"]);
    }
  });

  test("is accepted up to the limit", async () => {
    const input = JSON.stringify({ search: "x".repeat(1000) }).padEnd(LIMITS.requestAddressBytesMax - 100);
    const response = await send(
      "GET",
      `/trpc/workspaces.list?input=${input.replaceAll(/["{}]/g, encodeURIComponent).replaceAll(" ", "+")}`,
      { what: "" },
    );
    expect(response.status).not.toBe(414);
    const headers = { "x-large": "x".repeat(LIMITS.requestHeadersBytesMax - 1000) };
    expect((await send("GET", "/healthz", { what: "", headers })).status).toBe(200);
  });

  test("in one of the headers is 431", async () => {
    const headers = { "x-large": "x".repeat(LIMITS.requestHeadersBytesMax) };
    const response = await send("GET", "/healthz", { what: "", headers });
    expectErrorShape(response, "431");
    expect([response.status, response.problem?.code]).toEqual([431, "headers_too_large"]);
  });
});

describe("a body with unsupported headers is 415", () => {
  const UNREADABLE: Malformed[] = [
    { what: "no content type", body: Buffer.from("{}") },
    { what: "an invalid content type", headers: { "content-type": "json" }, body: "{}" },
    { what: "a form", headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" },
    { what: "XML", headers: { "content-type": "application/xml" }, body: "<a/>" },
    { what: "gzip", headers: { ...json, "content-encoding": "gzip" }, body: gzipSync("{}") },
    { what: "UTF-16", headers: { "content-type": "application/json; charset=utf-16" }, body: "{}" },
  ];
  test.each(UNREADABLE)("with $what", async (malformed) => {
    const daemon = "/daemon/8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f";
    const mutations = procedures.filter(({ type }) => type === "mutation").map(({ name }) => `/trpc/${name}`);
    for (const url of [...mutations, "/session", `${daemon}/enrolment`, `${daemon}/steps`]) {
      const response = await send("POST", url, malformed);
      expectErrorShape(response, url);
      expect([response.status, response.problem?.code], url).toEqual([415, "unsupported_media_type"]);
    }
  });

  test("but a file may have any valid type", async () => {
    const put = (type: string) => {
      const headers = { "content-type": type, "content-encoding": "gzip" };
      return send("PUT", `/files/${workspaceId}/workspace/any`, { what: "", headers, body: "{}" });
    };
    expect((await put("application/x-unknown")).status).toBe(200);
    const invalid = await put("json");
    expect([invalid.status, invalid.problem?.message]).toEqual([415, expect.stringContaining("not valid")]);
  });
});

describe("an error message describes the fault of a call", () => {
  const messageOf = async (malformed: Omit<Malformed, "what">) =>
    (await send("POST", "/trpc/workspaces.create", { what: "", ...malformed })).problem?.message;

  test.each<[string, Omit<Malformed, "what">, RegExp]>([
    ["truncated JSON", { headers: json, body: '{"name":"a' }, /truncated after 10 characters/],
    ["truncated JSON between tokens", { headers: json, body: '{"name":"a"' }, /truncated/],
    ["malformed JSON", { headers: json, body: '{"name":a}' }, /not valid JSON/],
    ["an empty body", { headers: json, body: " " }, /is empty/],
    ["gzip", { headers: { ...json, "content-encoding": "gzip" }, body: gzipSync("{}") }, /without Content-Encoding/],
    ["gzip that no header names", { headers: json, body: gzipSync("{}") }, /compressed with gzip/],
    ["latin-1", { headers: json, body: Buffer.from('{"name":"\xe4"}', "latin1") }, /UTF-8/],
    ["multipart", { headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" }, /PUT \/files/],
    ["no content type", { body: Buffer.from("{}") }, /Content-Type header is missing/],
    ["a batch", { query: "batch=1", headers: json, body: "{}" }, /httpLink instead of httpBatchLink/],
    ["a missing field", { headers: json, body: "{}" }, /^name: .*missing/],
  ])("%s", async (_, malformed, message) => {
    expect(await messageOf(malformed)).toMatch(message);
  });

  test("a missing id and one that is not a UUID", async () => {
    expect((await api.call("workspaces.get", {})).problem?.message).toBe("id: The id is missing. Send a UUID.");
    expect((await api.call("workspaces.get", { id: "x" })).problem?.message).toMatch(/^id: An id is a UUID/);
    expect((await send("GET", "/files/x/workspace/y", { what: "" })).problem?.message).toMatch(/UUID/);
  });
});

async function sendRaw(line: string, headers: Record<string, string>): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(api.api.port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.on("close", () => resolve(received)).on("error", reject);
  const fields = Object.entries({ host: "localhost", ...headers }).filter(([, value]) => value !== NO_HEADER);
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  socket.write(`${[`${line} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`);
  const [top = "", text = ""] = (await promise).split("\r\n\r\n");
  const [status = "", ...headerLines] = top.split("\r\n");
  const pairs = headerLines.map((field) => field.split(": ") as [string, string]);
  return read(new Response(text, { status: Number(status.split(" ")[1]), headers: pairs }));
}
