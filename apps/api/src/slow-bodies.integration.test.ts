import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endSlowBodies } from "./slow-bodies.ts";

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

test("a body that does not arrive is answered with 408, and its connection closed", async () => {
  const socket = await send("POST /session HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 50");
  socket.write('\r\n{"tok');
  const dripping = setInterval(() => socket.write(" "), 50);
  const answer = await text(socket).finally(() => clearInterval(dripping));
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(answer).toContain("request_timeout");
});

test("an upload whose sender is silent ends too", async () => {
  const socket = await send("PUT /files/x HTTP/1.1\r\ncontent-type: application/octet-stream\r\ncontent-length: 50");
  socket.write("\r\nhalf");
  expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
});

test("an upload may take as long as it takes while it goes on", async () => {
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
  const answer = await text(socket).finally(() => clearInterval(sending));
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(answer).toContain("x".repeat(parts));
});
