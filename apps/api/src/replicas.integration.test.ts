import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPool } from "@berth/db";
import { createTestDatabase, type TestDatabase } from "@berth/db/testing";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiProcess, endAll, endProcesses, ownerWith, startProcess } from "./testing/api-process.ts";
import { commandCalls, OutputReader } from "./testing/command-calls.ts";
import { previewCalls } from "./testing/preview-calls.ts";
import { Screen } from "./testing/terminal-screen.ts";
import { until } from "./testing/test-api.ts";

const OWNER_TOKEN = randomBytes(32).toString("hex");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

type Owner = Awaited<ReturnType<typeof ownerWith>>;

if (process.platform !== "linux") process.stderr.write("Skipped: two replicas. Local workspaces need Linux.\n");

/**
 * Two processes on one database: `holder` starts the instances and holds their tunnels, `other` serves the same requests.
 * Local workspaces belong to one data directory, so `other` has the memory backend.
 */
describe.skipIf(process.platform !== "linux")("two replicas", () => {
  let root: string;
  let database: TestDatabase;
  let processes: { holder: ApiProcess; other: ApiProcess };
  let holder: Owner;
  let other: Owner;
  let workspace: Workspace;

  const start = (name: string, backends: string) =>
    startProcess({
      BERTH_DATA_DIR: join(root, name),
      DATABASE_URL: database.url,
      BERTH_BACKENDS: backends,
      BERTH_OWNER_TOKEN: OWNER_TOKEN,
    });
  const statusOf = async (owner: Owner): Promise<string> =>
    (await owner.call("workspaces.get", { id: workspace.id })).data.status;
  const isStatus = (owner: Owner, status: string) =>
    until(async () => ((await statusOf(owner)) === status ? true : undefined), 40);
  const download = async ({ origin }: Owner, path: string, init: RequestInit = {}) =>
    fetch(`${origin}/files/${workspace.id}/workspace/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${OWNER_TOKEN}`, ...init.headers },
    });
  const bytesOf = async (owner: Owner, path: string) => Buffer.from(await (await download(owner, path)).arrayBuffer());
  const upload = async (owner: Owner, path: string, body: Buffer) => {
    const response = await download(owner, path, { method: "PUT", body: new Uint8Array(body) });
    expect(response.status, await response.clone().text()).toBeLessThan(300);
    return (await response.json()) as { sha256: string; size: number };
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "berth-replicas-"));
    database = await createTestDatabase();
    processes = { holder: start("holder", "local"), other: start("other", "memory") };
    holder = await ownerWith(processes.holder, OWNER_TOKEN);
    other = await ownerWith(processes.other, OWNER_TOKEN);
    const created = await holder.call("workspaces.create", { name: "Shared", compute: { dataPersistence: "persist" } });
    workspace = created.data.workspace;
    await isStatus(holder, "online");
  }, 120_000);
  afterAll(async () => {
    await endAll();
    // Local instances outlive the API; ending one process may end another.
    await endProcesses(root);
    await database?.[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  test("read and write the same bytes, small and large, in both directions", async () => {
    for (const [name, size] of [
      ["small", 11],
      ["large", 20_000_000],
    ] as const) {
      const bytes = randomBytes(size);
      expect(await upload(other, `${name}-by-other`, bytes)).toMatchObject({ sha256: sha256(bytes), size });
      expect(sha256(await bytesOf(holder, `${name}-by-other`))).toBe(sha256(bytes));
      expect(sha256(await bytesOf(other, `${name}-by-other`))).toBe(sha256(bytes));
      await upload(holder, `${name}-by-holder`, bytes);
      expect(sha256(await bytesOf(other, `${name}-by-holder`))).toBe(sha256(bytes));
    }
    const lists = await Promise.all(
      [holder, other].map((owner) => owner.call("files.list", { workspaceId: workspace.id, root: "/workspace" })),
    );
    expect(lists[1]?.data.entries).toEqual(lists[0]?.data.entries);
    expect(lists[1]?.data.entries).toHaveLength(4);
  });

  test("serve ranges, archives and conditions on either replica", async () => {
    const bytes = randomBytes(300_000);
    await upload(holder, "folder/ranged", bytes);
    const range = await download(other, "folder/ranged", { headers: { range: "bytes=1000-200999" } });
    expect(range.status).toBe(206);
    expect(sha256(Buffer.from(await range.arrayBuffer()))).toBe(sha256(bytes.subarray(1000, 201_000)));
    const etag = (await download(other, "folder/ranged", { method: "HEAD" })).headers.get("etag") ?? "";
    expect((await download(other, "folder/ranged", { headers: { "if-none-match": etag } })).status).toBe(304);
    const archive = await download(other, "folder?archive=tar");
    const local = await download(holder, "folder?archive=tar");
    expect(sha256(Buffer.from(await archive.arrayBuffer()))).toBe(sha256(Buffer.from(await local.arrayBuffer())));
    expect((await download(other, "missing")).status).toBe(404);
  });

  test("serve a port on either replica, and close it on both when its link is revoked", async () => {
    const program =
      'require("http").createServer((q, r) => r.write("begun")).listen(0, () => console.log("listening"))';
    const started = await holder.call("commands.start", {
      ...{ workspaceId: workspace.id, command: [process.execPath, "-e", program] },
    });
    const port = await until(async () => {
      const { data } = await other.call("ports.list", { workspaceId: workspace.id });
      return data.items[0]?.port as number | undefined;
    });
    const link = await holder.call("ports.share", { workspaceId: workspace.id, port, expiresInSeconds: 600 });
    const { search, hostname } = new URL(link.data.url);
    const preview = previewCalls(Number(new URL(other.origin).port), hostname);
    const begun = await preview.open(`/${search}`);
    await holder.call("ports.revoke", { id: link.data.id });
    await expect(begun.text()).rejects.toThrow("aborted");
    await holder.call("commands.signal", { workspaceId: workspace.id, id: started.data.id, signal: "SIGKILL" });
  });

  test("share a terminal, logs and metrics", async () => {
    const created = await other.call("terminals.create", { workspaceId: workspace.id });
    expect(created.problem).toBeUndefined();
    for (const owner of [holder, other]) {
      const { terminals } = (await owner.call("terminals.list", { workspaceId: workspace.id })).data;
      expect(terminals).toMatchObject([{ id: created.data.id }]);
    }
    const screens = [holder, other].map(
      ({ origin }) => new Screen(workspace.id, created.data.id, { origin, token: OWNER_TOKEN }),
    );
    for (const screen of screens) await screen.attached();
    expect(await screens[1]?.ask("echo $((40 + 2))")).toBe("42");
    // Input through one replica is output through the other, byte for byte.
    const isSame = async () =>
      (screens[0]?.text === screens[1]?.text && screens[0]?.text.includes("[42]")) || undefined;
    await until(isSame);
    for (const screen of screens) screen.webSocket.close();

    for (const procedure of ["workspaces.agentLog", "workspaces.bootLog"]) {
      const responses = await Promise.all([holder, other].map((owner) => owner.call(procedure, { id: workspace.id })));
      expect(responses[1]?.problem, procedure).toBeUndefined();
      expect(responses[1]?.data.text).toBe(responses[0]?.data.text);
    }
    const points = async (owner: Owner) =>
      (await owner.call("workspaces.metrics", { id: workspace.id, range: "hour" })).data.points;
    await until(async () => ((await points(holder)).length > 0 ? true : undefined), 30);
    expect((await points(other)).slice(0, 1)).toEqual((await points(holder)).slice(0, 1));
  });

  test("both report changes of the same files", async () => {
    const cancelled = new AbortController();
    const input = { workspaceId: workspace.id, root: "/workspace", paths: ["/"] };
    const watching = await fetch(
      `${other.origin}/trpc/files.watch?input=${encodeURIComponent(JSON.stringify(input))}`,
      {
        headers: { authorization: `Bearer ${OWNER_TOKEN}`, accept: "text/event-stream" },
        signal: cancelled.signal,
      },
    );
    const reader = watching.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    const receives = async (text: string) => {
      while (!seen.includes(text)) {
        const part = await reader?.read();
        if (!part || part.done) throw new Error(`The watch ended before it reported "${text}": ${seen}`);
        seen += part.value;
      }
    };
    // Earlier changes are not reported.
    await receives(`"type":"watching"`);
    await upload(holder, "watched", Buffer.from("x"));
    await receives("watched");
    expect(watching.status).toBe(200);
    cancelled.abort();
  });

  test("wake a hibernated workspace on a file request to either replica", async () => {
    const bytes = randomBytes(1000);
    await upload(holder, "kept", bytes);
    for (const owner of [other, holder]) {
      const asked = await owner.call("workspaces.hibernate", { id: workspace.id });
      expect(asked.problem).toBeUndefined();
      await isStatus(other, "hibernated");
      expect(sha256(await bytesOf(owner, "kept"))).toBe(sha256(bytes));
      await isStatus(owner, "online");
    }
  });

  test("never start a browse instance for a running workspace", async () => {
    const pool = createPool(database.url, { max: 1 });
    const { rows } = await pool.query("select 1 from incarnations where purpose = 'browse'");
    await pool.end();
    expect(rows).toEqual([]);
  });

  test("run the same commands, and stream their output from the replica without the tunnel", async () => {
    const [at, elsewhere] = [commandCalls(holder, workspace.id), commandCalls(other, workspace.id)];
    const result = await elsewhere.run({ command: "echo here; cat", stdin: "x".repeat(100_000) });
    expect(result).toMatchObject({ exitCode: 0, stdout: `here\n${"x".repeat(100_000)}` });
    const { id } = await elsewhere.start({ command: "read line; seq 1 20000; exit 3" });
    await at.write({ id, data: "go\n" });
    const expected = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join("");
    for (const commands of [elsewhere, at]) {
      const reader = new OutputReader();
      await reader.read(commands, id);
      expect(reader.isContinuous).toBe(true);
      expect(reader.text).toBe(expected);
      expect(reader.end).toEqual({ exitCode: 3, signal: null });
    }
    expect(await elsewhere.get(id)).toMatchObject({ state: "exited", exitCode: 3 });
    const key = { headers: { "idempotency-key": "on either replica" } };
    const first = await elsewhere.run({ command: "echo ran >> runs; cat runs" }, key);
    expect(await at.run({ command: "echo ran >> runs; cat runs" }, key)).toEqual(first);
  });

  test("keep serving when the tunnel holder is killed, and when it returns", async () => {
    const bytes = randomBytes(1_000_000);
    await upload(holder, "survives", bytes);
    expect(await processes.holder.kill("SIGKILL")).toBe("SIGKILL");
    const killedAt = performance.now();
    await until(async () => ((await download(other, "survives")).status === 200 ? true : undefined));
    expect(performance.now() - killedAt).toBeLessThan(8_000);
    expect(sha256(await bytesOf(other, "survives"))).toBe(sha256(bytes));
    expect(await statusOf(other)).toBe("online");
    const created = await other.call("terminals.create", { workspaceId: workspace.id });
    expect(created.problem).toBeUndefined();

    processes.holder = start("holder", "local");
    holder = await ownerWith(processes.holder, OWNER_TOKEN);
    await isStatus(holder, "online");
    await until(async () => ((await download(holder, "survives")).status === 200 ? true : undefined));
    expect(sha256(await bytesOf(holder, "survives"))).toBe(sha256(bytes));
    const { generation } = (await holder.call("workspaces.get", { id: workspace.id })).data;
    expect(generation).toBe(5);
  });
});
