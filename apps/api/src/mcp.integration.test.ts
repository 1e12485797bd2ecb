import { ACCESS } from "@berth/domain";
import { EXCLUDED, TOOLS, toolName } from "@berth/mcp";
import { appRouter } from "@berth/routers";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** The protocol of 2025, which most clients speak, or the newest one. */
type Negotiation = "legacy" | "auto";

async function connect(token = api.api.ownerToken, mode: Negotiation = "auto"): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", api.listening), { requestInit }));
  return client;
}

// biome-ignore lint/suspicious/noExplicitAny: results have many shapes.
async function use(client: Client, name: string, given: Record<string, unknown> = {}): Promise<any> {
  const { structuredContent, content, isError } = await client.callTool({ name, arguments: given });
  if (isError) throw new Error(`${name}: ${(content as { text: string }[])[0]?.text}`);
  return structuredContent;
}

async function finished(client: Client, { operation }: { operation: { id: string } }) {
  const ended = await use(client, "operations_get", { id: operation.id, waitSeconds: 30 });
  expect(ended).toMatchObject({ status: "succeeded" });
  return ended;
}

describe.each(["auto", "legacy"] as const)("an MCP client with the %s protocol", (mode) => {
  test("does a whole job: create, write, run, restart, delete with erase, receipt", async () => {
    const client = await connect(undefined, mode);
    const created = await use(client, "workspaces_create", {
      name: `mcp ${mode}`,
      compute: { dataPersistence: "persist" },
    });
    await finished(client, created);
    const workspaceId = created.workspace.id;
    const file = { workspaceId, root: "/workspace", path: "/hello.sh" };
    await use(client, "files_write", { ...file, content: "echo hello $1; echo oops >&2; exit 3\n" });
    const ran = await use(client, "commands_run", { workspaceId, command: ["sh", "hello.sh", "you"] });
    expect(ran).toMatchObject({ exitCode: 3, stdout: "hello you\n", stderr: "oops\n" });
    await finished(client, { operation: await use(client, "workspaces_restart", { id: workspaceId }) });
    expect(await use(client, "files_read", file)).toMatchObject({ content: expect.stringContaining("echo hello") });

    const volumeId = (await use(client, "workspaces_get", { id: workspaceId })).volume.id;
    expect(await use(client, "workspaces_delete_preview", { id: workspaceId, eraseData: true })).toBeTruthy();
    const wrongName = { id: workspaceId, confirmName: "another", eraseData: true };
    await expect(use(client, "workspaces_delete", wrongName)).rejects.toThrow(/name/);
    const removed = await use(client, "workspaces_delete", { ...wrongName, confirmName: `mcp ${mode}` });
    await finished(client, { operation: removed.operation ?? removed });
    expect(await use(client, "volumes_receipt", { id: volumeId })).toMatchObject({ volumeId });
    await client.close();
  });
});

describe("MCP", () => {
  test("has a tool, or a reason for none, for every procedure", () => {
    const procedures = Object.keys(appRouter._def.procedures).sort();
    const covered = [...TOOLS.map(({ procedure }) => procedure), ...Object.keys(EXCLUDED)].sort();
    expect(covered).toEqual(procedures);
    expect(procedures.every((path) => path in ACCESS)).toBe(true);
  });

  test("describes every tool with a schema, and says what each one changes", async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(TOOLS.map(({ procedure }) => toolName(procedure)));
    for (const { name, description, inputSchema, annotations } of tools) {
      expect(name).toMatch(/^[a-z_]{3,64}$/);
      expect(description?.length, name).toBeGreaterThan(20);
      expect(inputSchema, name).toMatchObject({ type: "object", properties: expect.any(Object) });
      expect(JSON.stringify(inputSchema)).not.toContain("lastEventId");
      expect(annotations?.destructiveHint, name).toBe(/_delete$|_erase$/.test(name));
    }
    expect(tools.find(({ name }) => name === "commands_run")?.inputSchema).toMatchObject({
      required: ["workspaceId", "command"],
      properties: { outputLimitBytes: { default: 16_384, maximum: 65_536 } },
    });
    await client.close();
  });

  test("offers a workspace's token only what it may do, in its own workspace", async () => {
    const [own, other] = [await api.workspace({ name: "own" }), await api.workspace({ name: "other" })];
    const { secret } = (await api.call("tokens.create", { kind: "workspace", name: "agent", workspaceId: own.id }))
      .data;
    const client = await connect(secret);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain("commands_run");
    expect(names).not.toContain("workspaces_create");
    await expect(use(client, "workspaces_create", { name: "x" })).rejects.toThrow(/may not use it/);
    expect(await use(client, "commands_run", { command: "echo own" })).toMatchObject({ stdout: "own\n" });
    const elsewhere = { workspaceId: other.id, command: "echo other" };
    await expect(use(client, "commands_run", elsewhere)).rejects.toThrow(/"not_found"/);
    await client.close();
  });

  test("reads the output of a started command in parts, and waits for its end", async () => {
    const { id: workspaceId } = await api.workspace({ name: "output" });
    const client = await connect();
    const { id } = await use(client, "commands_start", {
      workspaceId,
      command: "printf 'oneè\\n'; read x; echo two $x; exit 4",
    });
    const place = { workspaceId, id };
    const first = await use(client, "commands_output", { ...place, waitSeconds: 30, limitBytes: 4 });
    // Half a character is left for the next part.
    expect(first).toEqual({ stdout: "one", stderr: "", nextStdout: 3, nextStderr: 0, ended: null, dropped: false });
    const nothing = await use(client, "commands_output", { ...place, afterStdout: 6, waitSeconds: 0 });
    expect(nothing).toMatchObject({ stdout: "", ended: null, nextStdout: 6 });
    await use(client, "commands_write", { ...place, data: "more\n", end: true });
    const rest = await use(client, "commands_output", { ...place, afterStdout: 3, waitSeconds: 30 });
    expect(rest).toMatchObject({ stdout: "è\ntwo more\n", ended: { exitCode: 4, signal: null } });
    await client.close();
  });

  test("explains bad input and results that are too large", async () => {
    const client = await connect();
    const { id: workspaceId } = await api.workspace({ name: "limits" });
    await expect(use(client, "commands_run", { workspaceId })).rejects.toThrow(/command: .+"invalid_input"/s);
    await expect(use(client, "operations_get", { id: workspaceId, waitSeconds: 1000 })).rejects.toThrow(/waitSeconds/);
    const tooMuch = { workspaceId, command: "true", outputLimitBytes: 1_000_000 };
    await expect(use(client, "commands_run", tooMuch)).rejects.toThrow(/At most 65536 for this tool/);
    const bell = await client.callTool({
      name: "commands_run",
      arguments: { workspaceId, command: ["sh", "-c", "head -c 60000 /dev/zero"], outputLimitBytes: 65_536 },
    });
    expect(bell.structuredContent).toBeUndefined();
    expect((bell.content as { text: string }[])[0]?.text).toMatch(/\[Cut after 100000 of \d+ characters\./);
    await client.close();
  });

  test("refuses callers without a bearer token, pages of other sites, and other methods", async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${api.listening}/mcp`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
      });
    const anonymous = await post({});
    expect([anonymous.status, anonymous.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await post({ authorization: "Bearer wrong" })).status).toBe(401);
    const cookie = (
      await fetch(`${api.listening}/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: api.api.ownerToken }),
      })
    ).headers.get("set-cookie");
    expect(cookie).toBeTruthy();
    expect((await post({ cookie: cookie?.split(";")[0] ?? "" })).status).toBe(401);
    const owner = { authorization: `Bearer ${api.api.ownerToken}` };
    expect((await post({ ...owner, origin: "http://localhost:6274" })).status).toBe(200);
    expect((await post({ ...owner, origin: "http://evil.example.com" })).status).toBe(403);
    const read = await fetch(`${api.listening}/mcp`, { headers: owner });
    expect([read.status, read.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

test("a caller that knows only the address is led to the description of the API", async () => {
  for (const [path, status] of [
    ["/trpc/workspaces.list", 401],
    ["/api/workspaces", 404],
    ["/mcp/tools", 404],
  ] as const) {
    const refused = await fetch(`${api.listening}${path}`);
    expect([refused.status, refused.headers.get("link")], path).toEqual([status, '</llms.txt>; rel="help"']);
  }
  const guide = await fetch(`${api.listening}/llms.txt`);
  expect([guide.status, guide.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
  const text = await guide.text();
  expect(text).toContain("/mcp (streamable HTTP");
  const named = [...text.matchAll(/`((?:workspaces|operations|files|commands|volumes)\.[a-zA-Z]+)`/g)].map(
    ([, name]) => name ?? "",
  );
  expect(named.length).toBeGreaterThan(5);
  expect(Object.keys(ACCESS)).toEqual(expect.arrayContaining(named));
});
