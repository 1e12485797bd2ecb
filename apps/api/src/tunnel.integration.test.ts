import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon } from "@berth/daemon/start";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { openTestApi, type TestApi, until } from "./testing/test-api.ts";

let api: TestApi;
let folder: string;
beforeEach(async () => {
  api = await openTestApi();
  folder = await mkdtemp(join(tmpdir(), "berth-tunnel-"));
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function incarnationOf(workspaceId: string): Promise<string> {
  const { rows } = await api.pool.query("select incarnation_id from workspaces where id = $1", [workspaceId]);
  return rows[0].incarnation_id;
}

const tokenOf = (incarnationId: string): string =>
  createHmac("sha256", api.api.deps.installation.tunnelSecret).update(`tunnel:${incarnationId}`).digest("base64url");

describe("a daemon that connects to the API's port", () => {
  test("serves, and does not prevent the API from stopping", async () => {
    const { id } = await api.workspace({ name: "far away" });
    const incarnationId = await incarnationOf(id);
    const before = api.api.deps.tunnel.session(incarnationId);
    const daemon = await startDaemon(
      {
        tunnelUrl: `${api.url.replace("http", "ws")}/tunnel`,
        tunnelToken: tokenOf(incarnationId),
        workspaceId: id,
        incarnationId,
        generation: 1,
        roots: { "/workspace": folder },
        configTemplate: {},
        command: null,
        environment: {},
        stateDirectory: folder,
      },
      { log: () => {} },
    );
    await until(async () => {
      const session = api.api.deps.tunnel.session(incarnationId);
      return session && session !== before ? session : undefined;
    });
    // The previous daemon reconnects, so the two take turns.
    const put = () => api.request(`/files/${id}/workspace/a.txt`, { method: "PUT", body: "far" });
    await until(async () => ((await put()).status === 200 ? true : undefined));
    const stopped = api.api.stop().then(() => "stopped");
    await expect(stopped).resolves.toBe("stopped");
    await daemon.close();
  });

  test("must show its own token", async () => {
    const { id } = await api.workspace({ name: "guarded" });
    const incarnationId = await incarnationOf(id);
    const other = await incarnationOf((await api.workspace({ name: "another" })).id);
    for (const token of ["wrong", tokenOf(other), api.api.ownerToken]) {
      const headers = { authorization: `Bearer ${token}`, "x-berth-incarnation": incarnationId };
      const socket = new WebSocket(`${api.url.replace("http", "ws")}/tunnel`, { headers });
      const { promise, resolve } = Promise.withResolvers<unknown>();
      socket.on("error", (error) => resolve(error.message)).on("open", () => resolve("open"));
      expect(await promise).toBe("Unexpected server response: 401");
    }
    const elsewhere = new WebSocket(`${api.url.replace("http", "ws")}/trpc/session.get`);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    elsewhere.on("error", (error) => resolve(error.message)).on("open", () => resolve("open"));
    expect(await promise).toMatch(/^Unexpected server response: 4/);
  });
});
