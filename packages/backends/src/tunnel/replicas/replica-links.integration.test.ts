import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import {
  type ClientHttp2Stream,
  connect,
  constants,
  createServer as createHttp2Server,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, createConnection, createServer as createTcpServer, type Server } from "node:net";
import { describe, expect, test } from "vitest";
import { DaemonSession, type ReplicaAddress, ReplicaLinks, ReplicaListener, type TunnelHub } from "../index.ts";
import { until } from "../testing/tunnel-fixture.ts";
import { TrafficMeter } from "../traffic-meter.ts";
import { TUNNEL_WINDOWS } from "../tunnel-connection.ts";

const SECRET = "secret-of-the-installation";
const incarnationId = randomUUID();
const identity = { workspaceId: randomUUID(), purpose: "workspace" } as const;

/** A daemon with the given behaviour, its replica, and the links of another replica to it. */
async function openPair(serve: (stream: ServerHttp2Stream) => void) {
  await using stack = new AsyncDisposableStack();
  const daemon = createHttp2Server();
  daemon.on("stream", (stream) => {
    stream.on("error", () => {});
    serve(stream);
  });
  const socket = createConnection(await listen(daemon), "127.0.0.1");
  const client = connect("http://daemon", { createConnection: () => socket });
  stack.defer(() => void daemon.close());
  stack.defer(() => client.destroy());
  const session = new DaemonSession(incarnationId, identity, {
    ...{ http2: client, socket, deadlineScale: 1 },
    meter: new TrafficMeter(TUNNEL_WINDOWS),
  });
  const tunnel = { session: (id: string) => (id === incarnationId ? session : undefined) } as TunnelHub;

  const holder = randomUUID();
  const listener = new ReplicaListener({
    ...{ replicaId: holder, secret: SECRET, tunnel },
    runQuery: async (query, input) => ({ query, input }),
    log: () => {},
  });
  const server = createServer();
  server.on("upgrade", (request, socket, head) => void listener.handleUpgrade(request, socket, head));
  const address: ReplicaAddress = { id: holder, url: `http://127.0.0.1:${await listen(server)}` };
  stack.defer(() => void server.close());
  stack.defer(() => listener.close());
  const links = new ReplicaLinks({ replicaId: randomUUID(), secret: SECRET });
  stack.defer(() => links.close());
  const kept = stack.move();
  return {
    ...{ address, links, session },
    daemon: () => links.daemon(address, incarnationId, identity),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function listen(server: Server | ReturnType<typeof createHttp2Server>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const get = { ":method": "GET", ":path": "/content?root=%2Fworkspace" };
const put = { ...get, ":method": "PUT" };

async function statusOf(stream: ClientHttp2Stream): Promise<number> {
  const [headers] = await once(stream, "response");
  return headers[":status"];
}

describe("a daemon behind another replica", () => {
  test("receives the request unchanged, and its response is returned unchanged", async () => {
    await using pair = await openPair((stream) => {
      stream.once("data", () => {
        stream.respond({ ":status": 206, etag: '"e"', "content-length": 5 });
        stream.end("bytes");
      });
    });
    const stream = (await pair.daemon()).forward({ ...put, "if-match": '"x"' }, false).stream;
    stream.end("body");
    const [headers] = await once(stream, "response");
    expect(headers).toMatchObject({ ":status": 206, etag: '"e"', "content-length": "5" });
    expect(Buffer.concat(await stream.toArray()).toString()).toBe("bytes");
    expect(await pair.links.query(pair.address, "/samples", { last: 3 }, AbortSignal.timeout(5_000))).toEqual({
      query: "/samples",
      input: { last: 3 },
    });
  });

  test("is read at the caller's pace, and stops when the caller disconnects", async () => {
    let written = 0;
    let source: ServerHttp2Stream | undefined;
    await using pair = await openPair((stream) => {
      source = stream;
      stream.respond({ ":status": 200 });
      const more = () => {
        const chunk = Buffer.alloc(1024 * 1024);
        while (!stream.destroyed && stream.write(chunk)) written += chunk.length;
        written += chunk.length;
      };
      stream.on("drain", more);
      more();
    });
    const stream = (await pair.daemon()).forward(get, true).stream;
    await once(stream, "response");
    // Nothing is read, so the sender stops once the windows of both connections are full.
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = written === before;
          before = written;
          return stands;
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(true);
    expect(written).toBeLessThan(150 * 1024 * 1024);
    stream.on("error", () => {});
    stream.destroy(new Error("The caller disconnected."));
    await until(
      () => source?.destroyed ?? false,
      (destroyed) => destroyed,
    );
  });

  test("sees an interrupted upload as aborted, never as complete", async () => {
    const ends: string[] = [];
    let received = 0;
    await using pair = await openPair((stream) => {
      stream.on("data", (chunk: Buffer) => {
        received += chunk.length;
      });
      stream.on("aborted", () => ends.push("aborted"));
      stream.on("end", () => ends.push(stream.aborted ? "cut" : "whole"));
    });
    const stream = (await pair.daemon()).forward(put, false).stream;
    stream.on("error", () => {});
    stream.write(Buffer.alloc(10_000));
    await until(
      () => received,
      (bytes) => bytes === 10_000,
    );
    stream.destroy(new Error("The caller disconnected."));
    await until(
      () => ends,
      (all) => all.includes("aborted"),
    );
    expect(ends).not.toContain("whole");
  });

  test("fails the caller when its response breaks off, instead of shortening the response", async () => {
    await using pair = await openPair((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("half", () => stream.destroy(new Error("broken")));
    });
    const stream = (await pair.daemon()).forward(get, true).stream;
    await once(stream, "response");
    await expect(stream.toArray()).rejects.toThrow();
    expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
  });

  test("can respond before it has received the whole body", async () => {
    await using pair = await openPair((stream) => {
      stream.respond({ ":status": 413 });
      stream.end("too large", () => stream.close(constants.NGHTTP2_NO_ERROR));
    });
    const stream = (await pair.daemon()).forward(put, false).stream;
    stream.on("error", () => {});
    stream.write(Buffer.alloc(1_000_000));
    expect(await statusOf(stream)).toBe(413);
    expect(Buffer.concat(await stream.toArray()).toString()).toBe("too large");
    await until(
      () => stream.closed,
      (closed) => closed,
    );
  });

  test("is reported as a retryable problem when it is not connected there", async () => {
    await using pair = await openPair(() => {});
    const stream = (await pair.links.daemon(pair.address, randomUUID(), identity)).forward(get, true).stream;
    expect(await statusOf(stream)).toBe(409);
    const { problem } = JSON.parse(Buffer.concat(await stream.toArray()).toString());
    expect(problem).toMatchObject({ code: "workspace_not_running", retryable: true });
  });

  test("shares one connection with all others, which is reopened after it broke", async () => {
    await using pair = await openPair((stream) => stream.respond({ ":status": 204 }, { endStream: true }));
    const first = await pair.daemon();
    const second = await pair.daemon();
    expect(await statusOf(first.forward(get, true).stream)).toBe(204);
    // Ending one daemon's session does not end the others.
    first.end();
    expect(second.closed).toBe(false);
    pair.session.end();
    await until(
      () => pair.session.closed,
      (closed) => closed,
    );
    expect(await statusOf((await pair.daemon()).forward(get, true).stream)).toBe(409);
  });
});

describe("a connection between replicas", () => {
  test.each([
    ["another installation's secret", "other-secret", (id: string) => id, "not a replica of this installation"],
    ["an address that another replica has now", SECRET, () => randomUUID(), "it returned 401"],
  ])("is refused with %s", async (_, secret, changeId, message) => {
    await using pair = await openPair((stream) => stream.respond({ ":status": 204 }, { endStream: true }));
    const links = new ReplicaLinks({ replicaId: randomUUID(), secret });
    const address = { ...pair.address, id: changeId(pair.address.id) };
    await expect(links.daemon(address, incarnationId, identity)).rejects.toThrow(message);
    links.close();
  });

  test("is refused when its handshake is replayed", async () => {
    await using pair = await openPair((stream) => stream.respond({ ":status": 204 }, { endStream: true }));
    const recorded: Buffer[] = [];
    const { port } = new URL(pair.address.url);
    const recorder = createTcpServer((caller) => {
      const holder = createConnection(Number(port), "127.0.0.1");
      caller.on("data", (bytes) => recorded.push(bytes)).on("error", () => {});
      holder.on("error", () => {});
      caller.pipe(holder).pipe(caller);
    });
    const address = { ...pair.address, url: `http://127.0.0.1:${await listen(recorder)}` };
    await pair.links.query(address, "/samples", {}, AbortSignal.timeout(5_000));
    const replay = createConnection(Number(port), "127.0.0.1");
    replay.write(Buffer.concat(recorded));
    const response = Buffer.concat(await replay.toArray()).toString("latin1");
    expect(response).toMatch(/^HTTP\/1\.1 101 /);
    // No HTTP/2 frame follows.
    expect(response.split("\r\n\r\n")[1]).toBe("");
    recorder.close();
  });

  test("is closed when the peer does not know the secret", async () => {
    const server = createServer();
    server.on("upgrade", (_request, socket) => {
      socket.on("error", () => {});
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: berth-replica\r\n\r\n");
    });
    const address = { id: randomUUID(), url: `http://127.0.0.1:${await listen(server)}` };
    const links = new ReplicaLinks({ replicaId: randomUUID(), secret: SECRET });
    await expect(links.daemon(address, incarnationId, identity)).rejects.toThrow("not a replica of this installation");
    links.close();
    server.close();
  });
});
