import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  eventShape,
  fileTextShape,
  fileWrittenShape,
  listingShape,
  operationShape,
  receiptShape,
  volumeShape,
  workspaceShape,
} from "./testing/api-shapes.ts";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let workspace: Workspace;

beforeAll(async () => {
  api = await openTestApi();
  workspace = await api.workspace({ name: "surface" });
});
afterAll(() => api[Symbol.asyncDispose]());

/** Blocks the workers' updates of operations, so that an operation cannot finish before its request is repeated. */
async function whileNoOperationRuns<T>(work: () => Promise<T>): Promise<T> {
  await api.pool.query(`
    create or replace function wait_for_the_test() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(1); return new; end $$;
    create or replace trigger wait_for_the_test before update on operations
      for each row execute function wait_for_the_test()`);
  const client = await api.pool.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(1)");
    return await work();
  } finally {
    await client.query("commit");
    client.release();
  }
}

const files = () => ({ workspaceId: workspace.id, root: "/workspace" });

describe("workspaces", () => {
  test("create returns at once with the workspace, its operation and the defaults", async () => {
    const { data, status } = await api.call("workspaces.create", { name: "defaults" });
    expect(status).toBe(200);
    z.strictObject({ workspace: workspaceShape, operation: operationShape }).parse(data);
    expect(data.workspace).toMatchObject({ runtime: "shell", tier: 3, status: "provisioning", generation: 1 });
    expect(data.workspace.model).not.toBe("");
    expect(data.operation).toMatchObject({ kind: "create", workspaceId: data.workspace.id });
    const ended = operationShape.parse(await api.operationEnded(data.operation.id));
    expect(ended.steps.length).toBeGreaterThan(0);
    expect(ended.finishedAt).not.toBeNull();
  });

  test("get returns a Workspace with exactly the contract's keys", () => {
    workspaceShape.parse(workspace);
    expect(workspace).toMatchObject({ status: "online", desired: "running", restartRequired: false });
  });

  test("list returns pages newest first, and every filter applies", async () => {
    const parent = await api.workspace({ name: "list parent" });
    for (const name of ["list a", "list b", "list c"])
      await api.call("workspaces.create", { name, parentId: parent.id });
    const page = z.strictObject({ items: z.array(workspaceShape), nextCursor: z.string().nullable() });
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const input = { parentId: parent.id, limit: 2, ...(cursor === null ? {} : { cursor }) };
      const { items, nextCursor } = page.parse((await api.call("workspaces.list", input)).data);
      names.push(...items.map((item) => item.name));
      cursor = nextCursor;
    } while (cursor !== null);
    expect(names).toEqual(["list c", "list b", "list a"]);
    const found = await api.call("workspaces.list", { search: "LIST B" });
    expect(found.data.items.map((item: Workspace) => item.name)).toEqual(["list b"]);
    expect((await api.call("workspaces.list")).data.items.length).toBeGreaterThan(3);
    expect((await api.call("workspaces.list", { status: "deleted" })).data.items).toEqual([]);
  });

  test("update and configure return their changes, and configure never restarts", async () => {
    const { id } = await api.workspace({ name: "to change" });
    const updated = await api.call("workspaces.update", {
      id,
      name: "changed",
      role: "tester",
      position: { x: 3, y: 4 },
    });
    expect(workspaceShape.parse(updated.data)).toMatchObject({
      name: "changed",
      role: "tester",
      position: { x: 3, y: 4 },
    });
    const configured = await api.call("workspaces.configure", { id, model: "another" });
    const { restartRequired, workspace: after } = z
      .strictObject({ workspace: workspaceShape, restartRequired: z.boolean() })
      .parse(configured.data);
    expect(restartRequired).toBe(true);
    expect(after).toMatchObject({ model: "another", restartRequired: true, status: "online", generation: 1 });
  });

  test.each([
    ["restart", "online"],
    ["pause", "paused"],
    ["resume", "online"],
    ["hibernate", "hibernated"],
    ["wake", "online"],
  ])("%s returns an Operation and ends %s; the same request again joins it", async (verb, status) => {
    const { data } = await whileNoOperationRuns(async () => {
      const first = await api.call(`workspaces.${verb}`, { id: workspace.id });
      operationShape.parse(first.data);
      expect(first.data.kind).toBe(verb);
      const second = await api.call(`workspaces.${verb}`, { id: workspace.id });
      expect([second.status, second.data.id]).toEqual([200, first.data.id]);
      return first;
    });
    await api.operationEnded(data.id);
    await expect.poll(async () => (await api.call("workspaces.get", { id: workspace.id })).data.status).toBe(status);
  });

  test("boot log, operations and system info have their shapes", async () => {
    const log = await api.call("workspaces.bootLog", { id: workspace.id });
    z.strictObject({ text: z.string(), truncated: z.boolean(), source: z.string() }).parse(log.data);
    const operations = await api.call("operations.list", { workspaceId: workspace.id, limit: 2 });
    z.strictObject({ items: z.array(operationShape).length(2), nextCursor: z.string() }).parse(operations.data);
    const info = await api.call("system.info");
    expect(Object.keys(info.data)).toEqual(
      expect.arrayContaining(["version", "backends", "limits", "defaultTier", "runtimes", "disk"]),
    );
    // The programs of the other runtimes are not known to exist in a workspace of this backend.
    expect(info.data.runtimes).toEqual([
      { id: "shell", title: "Shell", defaultModel: expect.stringContaining(":"), backends: ["memory"] },
    ]);
    const [backend] = info.data.backends;
    expect(Object.keys(backend).sort()).toEqual(["capabilities", "default", "healthy", "kind", "reason"]);
  });

  test("the canvas snapshot, layout and viewport have their shapes", async () => {
    await api.call("canvas.saveLayout", { positions: [{ id: workspace.id, x: 7, y: 8 }] });
    await api.call("canvas.saveViewport", { x: 1, y: 2, zoom: 0.5 });
    const { data } = await api.call("canvas.snapshot", {});
    expect(data.viewport).toEqual({ x: 1, y: 2, zoom: 0.5 });
    expect(data.asOf).toEqual(expect.any(Number));
    expect(data.nodes.find((node: { id: string }) => node.id === workspace.id)).toMatchObject({
      position: { x: 7, y: 8 },
    });
  });
});

describe("the end of a workspace", () => {
  test("preview, delete without erase, restore, delete with erase, receipt", async () => {
    const { id, volume } = await api.workspace({ name: "to end", compute: { dataPersistence: "persist" } });
    const preview = await api.call("workspaces.deletePreview", { id });
    // Null when its daemon does not respond to the measurement in time.
    const { sizeBytes: measured } = preview.data.workspaces[0].volume;
    expect(measured ?? 0).toBeGreaterThanOrEqual(0);
    expect(preview.data).toEqual({
      workspaces: [
        { id, name: "to end", status: "online", volume: { id: volume?.id, sizeBytes: measured }, fate: "retained" },
      ],
      confirmName: "to end",
    });
    const refused = await api.call("workspaces.delete", { id, confirmName: "To end" });
    expect([refused.status, refused.problem?.code]).toEqual([400, "confirmation_mismatch"]);
    const deleted = await api.call("workspaces.delete", { id, confirmName: "to end" });
    await api.operationEnded(operationShape.parse(deleted.data).id);
    expect(workspaceShape.parse((await api.call("workspaces.get", { id })).data)).toMatchObject({ status: "deleted" });
    const retained = await api.call("volumes.list", { state: "retained" });
    expect(
      z
        .array(volumeShape)
        .parse(retained.data)
        .map((each) => each.id),
    ).toContain(volume?.id);
    expect((await api.call("volumes.receipt", { id: volume?.id })).problem?.code).toBe("not_found");

    const restored = await api.call("workspaces.restore", { id });
    z.strictObject({ workspace: workspaceShape, operation: operationShape }).parse(restored.data);
    await api.operationEnded(restored.data.operation.id);

    const erased = await api.call("workspaces.delete", { id, confirmName: "to end", eraseData: true });
    await api.operationEnded(erased.data.id);
    await expect.poll(async () => (await api.call("volumes.receipt", { id: volume?.id })).status).toBe(200);
    const receipt = await api.call("volumes.receipt", { id: volume?.id });
    expect(receiptShape.parse(receipt.data)).toMatchObject({
      volumeId: volume?.id,
      workspaceId: id,
      reason: "delete_with_erase",
    });
    expect(volumeShape.parse((await api.call("volumes.get", { id: volume?.id })).data).state).toBe("erased");
    const late = await api.call("workspaces.restore", { id });
    expect([late.status, late.problem?.code]).toEqual([409, "data_erased"]);
  });

  test("children without cascade are listed in a 409", async () => {
    const parent = await api.workspace({ name: "a parent" });
    const child = await api.workspace({ name: "a child", parentId: parent.id });
    const { status, problem } = await api.call("workspaces.delete", { id: parent.id, confirmName: "a parent" });
    expect([status, problem?.code]).toEqual([409, "has_children"]);
    expect(problem?.details).toEqual({ children: [{ id: child.id, name: "a child" }] });
  });
});

describe("files, events and tokens", () => {
  test("list, stat, read, write, makeDirectory, move, copy, delete and search", async () => {
    const written = await api.call("files.write", { ...files(), path: "docs/a.txt", content: "first\nsecond line\n" });
    expect(fileWrittenShape.parse(written.data)).toMatchObject({ path: "/docs/a.txt", size: 18 });
    const read = await api.call("files.read", { ...files(), path: "/docs/a.txt" });
    expect(fileTextShape.parse(read.data)).toMatchObject({ content: "first\nsecond line\n", etag: written.data.etag });
    expect((await api.call("files.stat", { ...files(), path: "/docs/a.txt" })).data).toMatchObject({
      kind: "file",
      size: 18,
    });
    await api.call("files.makeDirectory", { ...files(), path: "/made" });
    await api.call("files.copy", { ...files(), from: "/docs/a.txt", to: "/made/b.txt" });
    await api.call("files.move", { ...files(), from: "/made/b.txt", to: "/made/c.txt" });
    const listing = listingShape.parse((await api.call("files.list", { ...files(), path: "/made" })).data);
    expect(listing.entries.map((entry) => entry.name)).toEqual(["c.txt"]);
    const found = await api.call("files.search", { ...files(), content: "second" });
    expect(found.data.matches).toContainEqual({ path: "/docs/a.txt", kind: "file", line: 2, text: "second line" });
    expect((await api.call("files.delete", { ...files(), path: "/made" })).problem?.code).toBe("not_empty");
    expect((await api.call("files.delete", { ...files(), path: "/made", recursive: true })).status).toBe(200);
    expect((await api.call("files.delete", { ...files(), path: "/", recursive: true })).status).toBe(400);
    const stale = await api.call("files.write", { ...files(), path: "/docs/a.txt", content: "x", ifMatch: '"old"' });
    expect([stale.status, stale.problem?.code]).toEqual([409, "etag_mismatch"]);
    const home = await api.call("files.list", { ...files(), root: "/agent-home" });
    expect([home.status, home.problem?.code]).toEqual([501, "agent_home_not_durable"]);
  });

  test("events have their shape, in order, and continue after a sequence", async () => {
    const { data } = await api.call("events.list", { limit: 500 });
    const events = z.array(eventShape).min(3).parse(data.items);
    expect(events.map((event) => event.sequence)).toEqual(events.map((event) => event.sequence).sort((a, b) => a - b));
    const second = events[1]?.sequence ?? 0;
    const after = await api.call("events.list", { after: second, limit: 1 });
    expect(after.data.items[0].sequence).toBe(events[2]?.sequence);
    const own = await api.call("events.list", { workspaceId: workspace.id });
    expect(new Set(own.data.items.map((event: { workspaceId: string }) => event.workspaceId))).toEqual(
      new Set([workspace.id]),
    );
  });

  test("a token's secret is in the response of create, and in no later one", async () => {
    const { data } = await api.call("tokens.create", { kind: "org", name: "ci" });
    expect(data.secret).toMatch(/^brt_org_/);
    const listed = await api.call("tokens.list");
    expect(listed.data.map((token: { id: string }) => token.id)).toContain(data.token.id);
    expect(listed.text).not.toContain(data.secret);
    const workspaceToken = await api.call("tokens.create", {
      kind: "workspace",
      name: "own",
      workspaceId: workspace.id,
    });
    expect(workspaceToken.data.secret).toMatch(/^brt_ws_/);
    const { rows } = await api.pool.query("select * from tokens");
    expect(JSON.stringify(rows)).not.toContain(data.secret);
  });

  test("session.get returns the caller", async () => {
    const owner = await api.call("session.get");
    expect(owner.data.actor).toMatchObject({ kind: "owner", id: "owner", name: "Owner", role: "owner" });
    expect((await api.call("session.get", undefined, { token: null })).status).toBe(401);
  });
});

describe("probes and pages", () => {
  test("healthz and readyz", async () => {
    expect(await api.request("/healthz", { token: null })).toMatchObject({ status: 200 });
    const ready = await api.request("/readyz", { token: null });
    expect(ready.status).toBe(200);
    expect(Object.keys(ready.data.checks)).toEqual(["database", "migrations", "disk", "backends", "loops"]);
  });

  test("metrics are open to loopback, and need the owner through a proxy", async () => {
    expect((await api.request("/metrics", { token: null })).text).toContain("berth_workspaces");
    const proxied = { headers: { "x-forwarded-for": "203.0.113.7" } };
    expect((await api.request("/metrics", { token: null, ...proxied })).status).toBe(401);
    const { data } = await api.call("tokens.create", { kind: "org", name: "metrics" });
    expect((await api.request("/metrics", { token: data.secret, ...proxied })).status).toBe(403);
    expect((await api.request("/metrics", proxied)).status).toBe(200);
  });

  test("requests are counted by procedure, and callers cannot make new labels", async () => {
    await api.request("/trpc/made.up.by.caller");
    const { text } = await api.request("/metrics");
    expect(text).toContain('route="/trpc/workspaces.list"');
    expect(text).not.toContain("made.up");
  });

  test("an upgrade to another protocol is served as a plain request", async () => {
    const { request } = await import("node:http");
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
    request(new URL("/healthz", api.url), { headers }, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
    expect(await promise).toBe(200);
    expect((await api.request("/tunnel")).status).toBe(400);
  });

  test("the data directory and the owner's token are not accessible to other users", async () => {
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modeOf(api.dataDirectory)).toBe(0o700);
    expect(await modeOf(join(api.dataDirectory, "owner-token"))).toBe(0o600);
  });
});
