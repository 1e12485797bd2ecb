import { once } from "node:events";
import { type ClientHttp2Session, connect, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ResponseBody, type ResponseBodyOptions } from "./response-body.ts";

let response = (_stream: ServerHttp2Stream): void => {};
const server = createServer().on("stream", (stream) => {
  stream.on("error", () => {});
  stream.respond({ ":status": 200 });
  response(stream);
});
let client: ClientHttp2Session;
beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  client.destroy();
  server.close();
});

const SLOW = new Error("too slow");

async function bodyOf(send: typeof response, options: Partial<ResponseBodyOptions>): Promise<ResponseBody> {
  response = send;
  const stream = client.request({ ":path": "/" });
  // The reader of the body receives the error, as in a session.
  stream.on("error", () => {});
  await once(stream, "response");
  return new ResponseBody(stream, {
    ...{ lengthBytes: null, idleMs: null, tooSlow: () => SLOW, received: () => {} },
    ...options,
  });
}

test("a response that stops half-way fails after the idle limit", async () => {
  const body = await bodyOf((stream) => stream.write("half"), { idleMs: 100 });
  await expect(body.toArray()).rejects.toBe(SLOW);
});

test("a slow reader does not count as an idle daemon", async () => {
  const whole = Buffer.alloc(4 * 1024 * 1024, "x");
  const body = await bodyOf((stream) => stream.end(whole), { idleMs: 100 });
  await once(body, "readable");
  await pause(400);
  expect(Buffer.concat(await body.toArray()).equals(whole)).toBe(true);
});

test("a response that is longer than declared is an error", async () => {
  const body = await bodyOf((stream) => stream.end("longer"), { lengthBytes: 3 });
  await expect(body.toArray()).rejects.toThrow("longer than it declared");
});

test("a response that is shorter than declared is an error", async () => {
  const body = await bodyOf((stream) => stream.end("short"), { lengthBytes: 30 });
  await expect(body.toArray()).rejects.toMatchObject({ problem: { code: "workspace_not_running" } });
});
