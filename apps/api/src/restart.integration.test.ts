import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BerthClient, createBerthClient } from "@berth/client";
import { createTestDatabase, type TestDatabase } from "@berth/db/testing";
import type { BerthEvent, FileWritten } from "@berth/domain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApiProcess, endAll, ownerOf, processesWith, startProcess } from "./testing/api-process.ts";
import { freePort } from "./testing/free-port.ts";
import { endWorkspaces, until } from "./testing/test-api.ts";

let dataDirectory: string;
let database: TestDatabase;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "berth-restart-"));
  database = await createTestDatabase();
});
afterEach(async () => {
  await endAll();
  await database[Symbol.asyncDispose]();
  await rm(dataDirectory, { recursive: true, force: true });
});

const start = (settings: Record<string, string> = {}): ApiProcess =>
  startProcess({ BERTH_DATA_DIR: dataDirectory, DATABASE_URL: database.url, ...settings });

const ended = (call: Awaited<ReturnType<typeof ownerOf>>["call"]) => (id: string) =>
  until(async () => {
    const { data } = await call("operations.get", { id });
    return ["succeeded", "failed"].includes(data.status) ? data : undefined;
  });

describe("a running local workspace", () => {
  test("survives an API restart on another port with the same process and files", async () => {
    const first = start({ BERTH_BACKENDS: "local" });
    const before = await ownerOf(first, dataDirectory);
    const { data } = await before.call("workspaces.create", { name: "survivor" });
    await ended(before.call)(data.operation.id);
    const path = `/files/${data.workspace.id}/workspace/kept.txt`;
    await before.request(path, { method: "PUT", body: "kept" });
    const daemons = await processesWith(dataDirectory, "daemon.cjs");
    expect(daemons).not.toEqual([]);
    await first.kill("SIGKILL");

    const second = start({ BERTH_BACKENDS: "local" });
    const after = await ownerOf(second, dataDirectory);
    expect(after.origin).not.toBe(before.origin);
    expect((await after.request(path)).text).toBe("kept");
    expect(await processesWith(dataDirectory, "daemon.cjs")).toEqual(daemons);
    const { data: workspace } = await after.call("workspaces.get", { id: data.workspace.id });
    expect(workspace).toMatchObject({ status: "online", generation: data.workspace.generation });

    expect(await second.kill("SIGTERM")).toBe(0);
    expect(await processesWith(dataDirectory, "daemon.cjs")).toEqual(daemons);
    const third = start({ BERTH_BACKENDS: "local" });
    const last = await ownerOf(third, dataDirectory);
    await endWorkspaces(last.call, ended(last.call));
    expect(await processesWith(dataDirectory, "daemon.cjs")).toEqual([]);
    expect(await third.kill("SIGTERM")).toBe(0);
  });
});

describe("large files", () => {
  const SIZE = 256 * 1024 * 1024;

  test("are uploaded and downloaded in constant memory of the API", async () => {
    const api = start({ BERTH_BACKENDS: "local" });
    const { origin, token, call } = await ownerOf(api, dataDirectory);
    const { data } = await call("workspaces.create", { name: "large" });
    await ended(call)(data.operation.id);
    const url = `${origin}/files/${data.workspace.id}/workspace/large.bin`;
    const headers = { authorization: `Bearer ${token}` };
    // A warm-up for code and buffers that every transfer needs.
    await fetch(url, { method: "PUT", headers, body: new Uint8Array(8 * 1024 * 1024) });
    await (await fetch(url, { headers })).arrayBuffer();

    const resident = residentBytes(api.pid);
    let peak = resident;
    const watching = setInterval(() => {
      peak = Math.max(peak, residentBytes(api.pid));
    }, 20);
    const up = createHash("sha256");
    const chunk = new Uint8Array(1024 * 1024);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent === SIZE) return controller.close();
        chunk.fill(sent / chunk.length);
        up.update(chunk);
        controller.enqueue(chunk.slice());
        sent += chunk.length;
      },
    });
    const put = await fetch(url, { method: "PUT", headers, body, duplex: "half" } as RequestInit);
    const written = (await put.json()) as FileWritten;
    const down = createHash("sha256");
    const response = await fetch(url, { headers });
    for await (const part of response.body ?? []) down.update(part);
    clearInterval(watching);
    expect(written).toMatchObject({ size: SIZE, sha256: up.digest("hex") });
    expect(down.digest("hex")).toBe(written.sha256);
    // A tenth of the transferred bytes, and more than the windows can hold.
    expect(peak - resident).toBeLessThan(160 * 1024 * 1024);
    process.stderr.write(`API resident: ${mb(resident)} MB before, ${mb(peak)} MB at most\n`);
    await endWorkspaces(call, ended(call));
  });
});

const mb = (bytes: number): number => Math.round(bytes / 1024 / 1024);
const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

describe("an event stream through the typed client", () => {
  /** Everything that a subscription delivers, and its state. */
  function follow(client: BerthClient, after: number) {
    const seen: BerthEvent[] = [];
    const errors: unknown[] = [];
    let completed = false;
    const subscription = client.events.subscribe.subscribe(
      { after },
      {
        onData: ({ data }) => seen.push(data),
        onError: (error) => errors.push(error),
        onComplete: () => {
          completed = true;
        },
      },
    );
    return { seen, errors, isCompleted: () => completed, stop: () => subscription.unsubscribe() };
  }
  const sequences = (events: BerthEvent[]) => events.map(({ sequence }) => sequence);

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "continues after the last event when the API ends by %s and restarts",
    async (signal) => {
      const port = String(await freePort());
      const first = start({ PORT: port });
      const { origin, token } = await ownerOf(first, dataDirectory);
      const client = createBerthClient({ url: origin, token });
      const feed = follow(client, 0);
      const write = (y: number) => client.workspaces.update.mutate({ id, position: { x: 0, y } });
      const { workspace } = await client.workspaces.create.mutate({ name: "events" });
      const { id } = workspace;
      for (let y = 0; y < 20; y += 1) await write(y);
      await until(async () => (feed.seen.length >= 20 ? true : undefined));

      const dying = first.kill(signal);
      // Some of these are stored without a response; the table decides.
      await Promise.allSettled(Array.from({ length: 10 }, (_, y) => write(100 + y)));
      await dying;
      const second = start({ PORT: port });
      await second.ready;
      for (let y = 0; y < 20; y += 1) await write(200 + y);
      const stored = await client.events.list.query({ limit: 500 });
      const wanted = stored.items.filter(
        (event) => event.workspaceId === id && event.type === "workspace.layout_changed",
      );
      await until(
        async () => (feed.seen.some(({ sequence }) => sequence === wanted.at(-1)?.sequence) ? true : undefined),
        40,
      );
      expect(feed.isCompleted()).toBe(false);
      expect(feed.errors).toEqual([]);
      feed.stop();
      const all = await client.events.list.query({ limit: 500 });
      const last = feed.seen.at(-1)?.sequence ?? 0;
      expect(sequences(feed.seen)).toEqual(sequences(all.items.filter((event) => event.sequence <= last)));
      expect(new Set(sequences(feed.seen)).size).toBe(feed.seen.length);
      await second.kill("SIGTERM");
    },
  );
});
