import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endSlowBodies } from "./slow-bodies.ts";
import { openTestApi } from "./testing/test-api.ts";

const TIMES = { wholeMs: 300, idleMs: 300 };
let app: FastifyInstance;
beforeEach(async () => {
  app = Fastify({ requestTimeout: 0 });
  endSlowBodies(app, TIMES);
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.post("/session", async () => "signed in");
  app.put("/files/*", async (request) => text(request.body as Socket));
  await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => app.close());

async function send(head: string): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`${head}\r\nhost: x\r\n`);
  return socket;
}

test.each([
  { body: "a body", length: "content-length: 50", first: '{"tok', next: " " },
  { body: "a chunked body", length: "transfer-encoding: chunked", first: '5\r\n{"tok\r\n', next: "1\r\n \r\n" },
])("$body that does not arrive gets 408, and its connection is closed", async ({ length, first, next }) => {
  const socket = await send(`POST /session HTTP/1.1\r\ncontent-type: application/json\r\n${length}`);
  socket.write(`\r\n${first}`);
  const dripping = setInterval(() => socket.write(next), 50);
  const response = await text(socket).finally(() => clearInterval(dripping));
  expect(response).toMatch(/^HTTP\/1.1 408 /);
  expect(response).toContain("request_timeout");
});

test("an upload with an idle sender ends too", async () => {
  const socket = await send("PUT /files/x HTTP/1.1\r\ncontent-type: application/octet-stream\r\ncontent-length: 50");
  socket.write("\r\nhalf");
  expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
});

test("a steady upload has no time limit", async () => {
  const parts = 12;
  const socket = await send(
    `PUT /files/x HTTP/1.1\r\ncontent-type: application/octet-stream\r\nconnection: close\r\ncontent-length: ${parts}`,
  );
  socket.write("\r\n");
  let sent = 0;
  const sending = setInterval(() => {
    if (sent < parts) socket.write("x");
    sent += 1;
  }, 100);
  const response = await text(socket).finally(() => clearInterval(sending));
  expect(response).toMatch(/^HTTP\/1.1 200 /);
  expect(response).toContain("x".repeat(parts));
});

test("no route keeps a connection whose body does not arrive", async () => {
  await using api = await openTestApi({ tests: { bodyTimes: TIMES } });
  const { id } = await api.workspace({ name: "slow" });
  const taking = api.api.routes.filter(({ method }) => ["POST", "PUT", "PATCH", "DELETE"].includes(method));
  expect(taking.length).toBeGreaterThan(5);
  const urls = taking.map(({ method, url }) => {
    const path = url.replace(":workspaceId", id).replace(":root", "workspace").replace("*", "slow.txt");
    return `${method} ${path.replace(":path", "files.write").replaceAll(/:\w+/g, id)}`;
  });
  const ends = await Promise.all(
    [...urls, "POST /nowhere", "GET /healthz"].map(async (line) => {
      const socket = connect(api.api.port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      const head = ["host: x", `authorization: Bearer ${api.api.ownerToken}`, "content-type: application/json"];
      socket.write(`${[`${line} HTTP/1.1`, ...head, "content-length: 50"].join("\r\n")}\r\n\r\n{"a`);
      const startedAt = performance.now();
      const response = await Promise.race([text(socket), once(socket, "close").then(() => "closed without a word")]);
      return { line, response: response.slice(0, 12), tookMs: performance.now() - startedAt };
    }),
  );
  expect(ends.filter(({ response }) => !/^HTTP\/1\.1 [245]/.test(response))).toEqual([]);
  expect(ends.filter(({ tookMs }) => tookMs > 15_000)).toEqual([]);
  expect(ends.find(({ line }) => line === "POST /session")?.response).toBe("HTTP/1.1 408");
  expect((await api.request("/healthz")).status).toBe(200);
});
