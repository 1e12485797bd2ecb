import { createHash, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { FileWritten, Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let workspace: Workspace;
beforeAll(async () => {
  api = await openTestApi();
  workspace = await api.workspace({ name: "written to" });
});
afterAll(() => api[Symbol.asyncDispose]());

const address = (path: string) => `/files/${workspace.id}/workspace/${path}`;

const put = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  api.request(address(path), { method: "PUT", body, headers });

const keyed = (key: string, more: Record<string, string> = {}) => ({ "idempotency-key": key, ...more });

const written = async (path: string, content: string) => (await put(path, content)).data as FileWritten;

const read = async (path: string) => {
  const headers = { authorization: `Bearer ${api.api.ownerToken}` };
  return (await fetch(`${api.url}${address(path)}`, { headers })).text();
};

describe("a PUT with an Idempotency-Key", () => {
  test("repeats its response although its condition no longer holds", async () => {
    const before = await written("a.txt", "before");
    const key = randomUUID();
    const first = await put("a.txt", "after", keyed(key, { "if-match": before.etag }));
    expect(first.status).toBe(200);
    const again = await put("a.txt", "after", keyed(key, { "if-match": before.etag }));
    expect([again.status, again.data]).toEqual([first.status, first.data]);
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    expect((await put("a.txt", "after", { "if-match": before.etag })).problem?.code).toBe("etag_mismatch");
    // A repetition does not overwrite later writes.
    await written("a.txt", "by another");
    expect((await put("a.txt", "after", keyed(key, { "if-match": before.etag }))).data).toEqual(first.data);
    expect(await read("a.txt")).toBe("by another");
  });

  test("for other bytes, another path or another condition is rejected, and nothing is written", async () => {
    const key = randomUUID();
    expect((await put("b.txt", "one", keyed(key))).status).toBe(200);
    const others = [
      put("b.txt", "two", keyed(key)),
      put("b.txt", "one and more", keyed(key)),
      put("c.txt", "one", keyed(key)),
      put("b.txt", "one", keyed(key, { "if-match": "*" })),
    ];
    for (const { status, problem } of await Promise.all(others)) {
      expect([status, problem?.code]).toEqual([422, "idempotency_key_reused"]);
    }
    expect(await read("b.txt")).toBe("one");
    expect((await api.request(address("c.txt"))).status).toBe(404);
  });

  test("repeats a permanent rejection, and releases the key of a temporary one", async () => {
    await written("d.txt", "here");
    const key = randomUUID();
    for (let time = 0; time < 2; time += 1) {
      const refused = await put("d.txt", "x", keyed(key, { "if-match": '"stale"' }));
      expect([refused.status, refused.problem?.code]).toEqual([409, "etag_mismatch"]);
    }
    expect((await put("d.txt", "x", keyed("k".repeat(201)))).problem?.code).toBe("invalid_input");
  });

  test("of many megabytes is compared while it streams", async () => {
    const bytes = new Uint8Array(randomBytes(8 * 1024 * 1024));
    const key = randomUUID();
    const first = await put("big.bin", bytes, keyed(key));
    expect(first.data.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect((await put("big.bin", bytes, keyed(key))).data).toEqual(first.data);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect((await put("big.bin", bytes, keyed(key))).problem?.code).toBe("idempotency_key_reused");
  });

  test("is executed once when its caller disconnects at any moment, and gets its response when it is repeated", async () => {
    const moments = Array.from({ length: 30 }, (_, index) => index / 2);
    for (const milliseconds of moments) {
      const path = `lost-${milliseconds}.txt`;
      const before = await written(path, "before");
      const headers = keyed(randomUUID(), { "if-match": before.etag });
      await leaveAfter(milliseconds, path, headers);
      await expect.poll(async () => (await put(path, "after", headers)).status, { timeout: 5_000 }).toBe(200);
      expect((await put(path, "after", headers)).data.sha256).toBe(createHash("sha256").update("after").digest("hex"));
      expect(await read(path)).toBe("after");
    }
  }, 60_000);
});

/** Sends a whole PUT and disconnects this long after its last byte. */
async function leaveAfter(milliseconds: number, path: string, headers: Record<string, string>): Promise<void> {
  const { port, hostname } = new URL(api.listening);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const all = { host: hostname, authorization: `Bearer ${api.api.ownerToken}`, "content-length": "5", ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.write(`PUT ${address(path)} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\nafter`);
  await pause(milliseconds);
  socket.destroy();
}
