import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorBodyShape } from "./testing/api-shapes.ts";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let workspaceId: string;
beforeAll(async () => {
  api = await openTestApi();
  ({ id: workspaceId } = await api.workspace({ name: "early" }));
  const content = { workspaceId, root: "/workspace", path: "/taken", content: "kept" };
  expect((await api.call("files.write", content)).status).toBe(200);
});
afterAll(() => api[Symbol.asyncDispose]());

/** More than all buffers of a loopback connection. */
const BODY = Buffer.alloc(24 * 1024 * 1024, 1);
const FAR_TOO_LONG = String(2 * 1024 ** 4);

interface Sending {
  method: string;
  path: string;
  headers?: Record<string, string>;
  token?: string | null;
}

/** Sends its whole body before it reads, like Python's http.client. */
async function sendAllThenRead({ method, path, headers = {}, token = api.api.ownerToken }: Sending) {
  const socket = connect(api.api.port, "127.0.0.1");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.on("error", reject);
  const head = { host: "localhost", "content-length": String(BODY.length), ...headers };
  const lines = Object.entries(token === null ? head : { ...head, authorization: `Bearer ${token}` });
  socket.write(
    `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`,
  );
  socket.write(BODY, () => {
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk;
      // Like a client that closes after the announced length.
      const [top = "", text = ""] = received.split("\r\n\r\n");
      const promised = Number(/content-length: (\d+)/i.exec(top)?.[1]);
      if (top !== "" && Buffer.byteLength(text) === promised) resolve(received);
    });
    socket.on("end", () => resolve(received));
  });
  const [top = "", text = ""] = (await promise).split("\r\n\r\n");
  socket.destroy();
  return { status: Number(top.split(" ")[1]), top, problem: errorBodyShape.parse(JSON.parse(text)).error.data.problem };
}

const place = (path: string) => `/files/${workspaceId}/workspace${path}`;

describe("an early response reaches a client that sends its whole body first", () => {
  test.each<[string, () => Sending, number, string]>([
    [
      "a name that is taken",
      () => ({ method: "PUT", path: place("/taken"), headers: { "if-none-match": "*" } }),
      409,
      "etag_mismatch",
    ],
    ["no token", () => ({ method: "PUT", path: place("/new"), token: null }), 401, "unauthenticated"],
    [
      "a missing workspace",
      () => ({ method: "PUT", path: `/files/${crypto.randomUUID()}/workspace/x` }),
      404,
      "not_found",
    ],
    [
      "a content-length above the limit",
      () => ({ method: "PUT", path: place("/huge"), headers: { "content-length": FAR_TOO_LONG } }),
      413,
      "limit_exceeded",
    ],
    [
      "a call above the limit",
      () => ({ method: "POST", path: "/trpc/files.write", headers: { "content-type": "application/json" } }),
      413,
      "limit_exceeded",
    ],
    [
      "another content type",
      () => ({ method: "POST", path: "/trpc/files.write", headers: { "content-type": "image/png" } }),
      415,
      "unsupported_media_type",
    ],
    ["an address with nothing behind it", () => ({ method: "POST", path: "/nowhere" }), 404, "not_found"],
  ])("%s", { timeout: 15_000 }, async (_, sending, status, code) => {
    const response = await sendAllThenRead(sending());
    expect([response.status, response.problem.code]).toEqual([status, code]);
    expect(response.top.toLowerCase()).toContain("connection: close");
  });

  test("the existing file is unchanged", async () => {
    const read = await api.call("files.read", { workspaceId, root: "/workspace", path: "/taken" });
    expect(read.data.content).toBe("kept");
  });
});
