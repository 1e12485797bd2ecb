import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "@berth/db/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiProcess, endAll, ownerOf, startProcess } from "./testing/api-process.ts";
import { stretch } from "./testing/local-workspace.ts";
import { endWorkspaces, REPOSITORY, until } from "./testing/test-api.ts";

const MB = 1e6;
const TRANSFERS = 50;
const DOWNLOAD_BYTES = 100 * MB;
/** Smaller, because the disk limits uploads. Still ten times all windows and buffers on the path. */
const UPLOAD_BYTES = 20 * MB;
/** Relative to the memory before. The rest is garbage that V8 keeps. `freed-memory.integration.test.ts` tests the C library's part. */
const AFTER_MAX = 1.45;
const PEAK_MAX = 3;

let dataDirectory: string;
let database: TestDatabase;
let api: ApiProcess;
let owner: Awaited<ReturnType<typeof ownerOf>>;
let files: string;
const ended = (id: string) =>
  until(async () => {
    const { data } = await owner.call("operations.get", { id });
    return ["succeeded", "failed"].includes(data.status) ? data : undefined;
  });

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "berth-memory-"));
  database = await createTestDatabase();
  const flags = JSON.parse(await readFile(join(REPOSITORY, "scripts/node-flags.json"), "utf8")) as string[];
  const settings = { BERTH_DATA_DIR: dataDirectory, DATABASE_URL: database.url, BERTH_BACKENDS: "local" };
  api = startProcess(settings, flags);
  owner = await ownerOf(api, dataDirectory);
  const { data } = await owner.call("workspaces.create", { name: "memory" });
  await ended(data.operation.id);
  files = `${owner.origin}/files/${data.workspace.id}/workspace`;
  await upload("folder/source.bin", 1);
  await stretch({ dataDirectory }, "source.bin", DOWNLOAD_BYTES);
}, 120_000);
afterAll(async () => {
  await endWorkspaces(owner.call, ended);
  await endAll();
  await database[Symbol.asyncDispose]();
  await rm(dataDirectory, { recursive: true, force: true });
}, 120_000);

test("memory after 50 parallel uploads and downloads returns to about its earlier level", {
  timeout: 900_000,
}, async () => {
  await inParallel(4, () => download("folder/source.bin"));
  const before = await lowestMemory(40);

  // The receivers do not read until the API has filled its buffers.
  const waiting = await inParallel(TRANSFERS, () => responseTo(send("folder/source.bin", "GET")));
  await steadyMemory();
  expect(await Promise.all(waiting.map(lengthOf))).toEqual(Array(TRANSFERS).fill(DOWNLOAD_BYTES));
  expect((await memory()).peakBytes / before).toBeLessThan(PEAK_MAX);
  await expectMemoryNear(before);

  await inParallel(TRANSFERS, (index) => upload(`copies/${index}/a.bin`, UPLOAD_BYTES));
  expect((await memory()).peakBytes / before).toBeLessThan(PEAK_MAX);
  await expectMemoryNear(before);

  const archives = await inParallel(TRANSFERS, (index) => download(`copies/${index}?archive=tar`));
  for (const bytes of archives) expect(bytes).toBeGreaterThan(UPLOAD_BYTES);
  expect((await memory()).peakBytes / before).toBeLessThan(PEAK_MAX);
  await expectMemoryNear(before);
});

const expectMemoryNear = (before: number): Promise<void> =>
  expect
    .poll(async () => (await memory()).nowBytes / before, { timeout: 90_000, interval: 1000 })
    .toBeLessThan(AFTER_MAX);

const inParallel = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

async function memory(): Promise<{ nowBytes: number; peakBytes: number }> {
  const status = await readFile(`/proc/${api.pid}/status`, "utf8");
  const bytesOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
  return { nowBytes: bytesOf("VmRSS"), peakBytes: bytesOf("VmHWM") };
}

/** Memory that the start has freed is not what the API needs. */
async function lowestMemory(seconds: number): Promise<number> {
  const seen: number[] = [];
  for (const untilMs = performance.now() + seconds * 1000; performance.now() < untilMs; await setTimeout(500)) {
    seen.push((await memory()).nowBytes);
  }
  return Math.min(...seen);
}

/** Resolves when the memory has stopped growing. */
async function steadyMemory(): ReturnType<typeof memory> {
  for (let last = await memory(); ; ) {
    await setTimeout(3000);
    const next = await memory();
    if (next.nowBytes < last.nowBytes + 2 * MB) return next;
    last = next;
  }
}

function send(path: string, method: "GET" | "PUT"): ClientRequest {
  const headers = { authorization: `Bearer ${owner.token}` };
  return request(`${files}/${path}`, { method, headers, agent: false });
}

async function responseTo(call: ClientRequest): Promise<IncomingMessage> {
  if (call.method === "GET") call.end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return response;
}

async function lengthOf(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}

const download = async (path: string): Promise<number> => lengthOf(await responseTo(send(path, "GET")));

async function upload(path: string, bytes: number): Promise<void> {
  const block = Buffer.alloc(Math.min(MB, bytes));
  const call = send(path, "PUT");
  const responded = responseTo(call);
  for (let sent = 0; sent < bytes; sent += block.length) if (!call.write(block)) await once(call, "drain");
  call.end();
  await lengthOf(await responded);
}
