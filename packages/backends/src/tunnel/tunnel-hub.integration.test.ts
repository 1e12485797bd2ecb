import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createConnection } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { DAEMON_ROUTES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listenUnix, TunnelHub } from "./index.ts";
import { TOKEN, TunnelFixture, until } from "./testing/tunnel-fixture.ts";

const status = { method: "GET", route: DAEMON_ROUTES.status } as const;

describe("the tunnel", () => {
  test("carries calls to a connected daemon, whose boot log lists its steps", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon({ configTemplate: { "agent/settings.json": "{}" } });
    const session = await fixture.session(daemon);

    expect(session).toMatchObject({
      incarnationId: daemon.boot.incarnationId,
      workspaceId: "workspace-1",
      purpose: "workspace",
    });
    const response = await session.json(status);
    expect(response).toMatchObject({
      incarnationId: daemon.boot.incarnationId,
      configsRefilled: true,
      agent: { state: "none" },
    });
    expect(response.metrics.memoryBytes).toBeGreaterThan(1_000_000);
    expect(response.metrics.diskTotalBytes).toBeGreaterThan(0);
    expect(await session.ping()).toBeGreaterThan(0);
    expect(await readFile(join(daemon.root("/configs"), "agent/settings.json"), "utf8")).toBe("{}");
    const steps = [/Berth daemon started/, /Filled \/configs with 1 file/, /Tunnel connected/];
    await until(
      () => daemon.bootLog,
      (log) => steps.every((step) => step.test(log)),
    );
  });

  test("works over a WebSocket on a TCP port", async () => {
    await using fixture = await TunnelFixture.open();
    const server = createServer();
    server.on("upgrade", (incoming, socket, head) => fixture.hub.handleUpgrade(incoming, socket, head));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const daemon = await fixture.startDaemon({
        tunnelUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/tunnel`,
      });
      const session = await fixture.session(daemon);
      const bytes = Buffer.alloc(5_000_000, "mask me\0");
      const place = { root: "/workspace", path: "/masked" };
      await session.json({ method: "PUT", route: DAEMON_ROUTES.content, query: place, body: bytes });
      const response = await session.bytes({ method: "GET", route: DAEMON_ROUTES.content, query: place });
      expect(Buffer.concat(await response.body.toArray()).equals(bytes)).toBe(true);
    } finally {
      server.close();
    }
  });

  test("is reopened by every daemon after a restart of the API", async () => {
    await using fixture = await TunnelFixture.open();
    const daemons = [await fixture.startDaemon(), await fixture.startDaemon()];
    for (const daemon of daemons) await fixture.session(daemon);

    await fixture.stopHub();
    await fixture.startHub();

    for (const daemon of daemons) {
      const session = await fixture.session(daemon);
      expect((await session.json(status)).incarnationId).toBe(daemon.boot.incarnationId);
      expect(daemon.bootLog).toContain("Tunnel lost. Reconnecting.");
    }
  });

  test("holds one session per incarnation: a newer connection replaces the older one", async () => {
    await using fixture = await TunnelFixture.open();
    const incarnationId = randomUUID();
    const older = await fixture.startDaemon({ incarnationId });
    const first = await fixture.session(older);
    const events: { replaced: boolean }[] = [];
    fixture.hub.on("disconnected", (session, why) => {
      if (session === first) events.push(why);
    });

    // The older process reconnects at once, so the two keep replacing each other, but one is always connected.
    await fixture.startDaemon({ incarnationId });
    await until(
      () => events.length,
      (count) => count > 0,
    );

    expect(events[0]).toEqual({ replaced: true });
    expect(first.closed).toBe(true);
    expect(fixture.hub.sessions()).toHaveLength(1);
  });

  test("emits `disconnected` when a daemon is killed, and fails its pending call as retryable", async () => {
    await using fixture = await TunnelFixture.open();
    const daemon = await fixture.startDaemon();
    const session = await fixture.session(daemon);
    const disconnected = once(fixture.hub, "disconnected");
    const call = session.json({
      ...status,
      method: "PUT",
      route: DAEMON_ROUTES.content,
      query: { root: "/workspace", path: "/x" },
      body: endless(),
    });
    const outcome = expect(call).rejects.toMatchObject({ problem: { code: "workspace_not_running", retryable: true } });

    await daemon.kill("SIGKILL");

    await outcome;
    expect(await disconnected).toEqual([session, { replaced: false }]);
    expect(fixture.hub.session(daemon.boot.incarnationId)).toBeUndefined();
    await expect(session.json(status)).rejects.toMatchObject({ problem: { code: "workspace_not_running" } });
  });

  test("ends a connection that receives nothing", async () => {
    await using fixture = await TunnelFixture.open();
    const hub = new TunnelHub({
      authenticate: async () => ({ workspaceId: "w", purpose: "browse" }),
      pingIntervalMs: 50,
    });
    const path = join(fixture.directory, "quick.sock");
    const listener = await listenUnix(hub, { path, mode: 0o666 });
    expect((await stat(path)).mode & 0o777).toBe(0o666);
    try {
      const daemon = await fixture.startDaemon({ tunnelUrl: listener.tunnelUrl });
      const session = await hub.waitFor(daemon.boot.incarnationId, { signal: AbortSignal.timeout(10_000) });
      const disconnected = once(hub, "disconnected");
      process.kill(daemon.pid, "SIGSTOP");
      expect((await disconnected)[0]).toBe(session);
    } finally {
      await hub.close();
      await listener.close();
    }
  });

  test("refuses a wrong token, a missing header and every other path", async () => {
    await using fixture = await TunnelFixture.open();
    const socketPath = join(fixture.directory, "api.sock");
    const upgrade = (headers: Record<string, string>, path = "/tunnel") =>
      new Promise<number | undefined>((resolve, reject) => {
        const attempt = request({
          socketPath,
          path,
          headers: { connection: "Upgrade", upgrade: "berth-tunnel", ...headers },
        });
        attempt.on("response", (response) => resolve(response.statusCode));
        attempt.on("upgrade", (response, socket) => {
          socket.destroy();
          resolve(response.statusCode);
        });
        attempt.on("error", reject);
        attempt.end();
      });
    const right = { authorization: `Bearer ${TOKEN}`, "x-berth-incarnation": "i" };

    expect(await upgrade({ ...right, authorization: "Bearer wrong" })).toBe(401);
    expect(await upgrade({ authorization: `Bearer ${TOKEN}` })).toBe(401);
    expect(await upgrade({ "x-berth-incarnation": "i" })).toBe(401);
    expect(await upgrade(right, "/elsewhere")).toBe(404);
    expect(await upgrade(right)).toBe(101);
    expect(fixture.hub.sessions()).toHaveLength(0);
  });

  test("stops waiting when its signal aborts, and serves nothing but the tunnel", async () => {
    await using fixture = await TunnelFixture.open();
    const waiting = fixture.hub.waitFor("unknown", { signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });

    const socket = createConnection(join(fixture.directory, "api.sock"));
    socket.end("GET /files HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1.1 404 /);
  });

  test("refuses to replace a regular file at the path of its socket", async () => {
    await using fixture = await TunnelFixture.open();
    const path = join(fixture.directory, "notes.txt");
    await writeFile(path, "mine");
    await expect(listenUnix(fixture.hub, { path, mode: 0o600 })).rejects.toThrow("not a socket");
    expect(await readFile(path, "utf8")).toBe("mine");
  });
});

function endless(): Readable {
  return new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
}
