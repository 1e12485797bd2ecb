import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPool } from "@berth/db";
import { createTestDatabase } from "@berth/db/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endAll, endProcesses, ownerOf, processesWith, startProcess } from "./testing/api-process.ts";
import { freePort } from "./testing/free-port.ts";
import { until } from "./testing/test-api.ts";

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "berth-process-"));
});
afterEach(async () => {
  await endAll();
  // The Postgres of a killed API needs a moment to notice that its owner is gone.
  await until(async () => ((await processesWith("postgres", dataDirectory)).length === 0 ? true : undefined));
  await rm(dataDirectory, { recursive: true, force: true });
});

const start = (settings: Record<string, string> = {}) => startProcess({ BERTH_DATA_DIR: dataDirectory, ...settings });

describe("a start", () => {
  test("without settings has its own database, one ready line, a working sign-in link, and a clean end", async () => {
    const api = start();
    const link = await api.ready;
    expect(api.printed.output).toMatch(/^Berth ready: http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=\S+\n$/);
    const signedIn = await fetch(link, { redirect: "manual" });
    expect(signedIn.headers.get("set-cookie")).toMatch(/^berth_session_[0-9a-f]{8}=/);
    expect(await processesWith("postgres", dataDirectory)).not.toEqual([]);
    const modeOf = async (path: string) => ((await stat(join(dataDirectory, path))).mode & 0o777).toString(8);
    expect([await modeOf("."), await modeOf("owner-token")]).toEqual(["700", "600"]);

    expect(await api.kill("SIGTERM")).toBe(0);
    expect(await processesWith("postgres", dataDirectory)).toEqual([]);
    expect(api.printed.errors).toBe("");
  });

  test("after kill -9 continues with the same data and owner's token", async () => {
    const first = start();
    const owner = await ownerOf(first, dataDirectory);
    await owner.call("canvas.saveViewport", { x: 1, y: 2, zoom: 3 });
    expect(await first.kill("SIGKILL")).toBe("SIGKILL");

    const second = start();
    const again = await ownerOf(second, dataDirectory);
    expect(again.token).toBe(owner.token);
    expect((await again.call("canvas.snapshot")).data.viewport).toEqual({ x: 1, y: 2, zoom: 3 });
    expect(await second.kill("SIGINT")).toBe(0);
  });

  test("of two processes on a new data directory: one serves, the other names the reason", async () => {
    const both = [start(), start()];
    const outcomes = await Promise.all(both.map((api) => Promise.race([api.ready.then(() => "ready"), api.ended])));
    expect(outcomes.map(String).sort()).toEqual(["1", "ready"]);
    const lost = both[outcomes.indexOf(1)];
    expect(lost?.printed.errors.trim().split("\n")).toHaveLength(1);
    expect(lost?.printed.errors).toContain("is in use by another running Berth");
    expect(lost?.printed.output).toBe("");
    const won = both[outcomes.indexOf("ready")];
    expect((await readFile(join(dataDirectory, "owner-token"), "utf8")).trim()).toMatch(/^brt_owner_\S{40,}$/);
    expect(await won?.kill("SIGTERM")).toBe(0);
  });

  test("on a port that is in use fails with one sentence", async () => {
    await using database = await createTestDatabase();
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    const api = start({ PORT: String(port), DATABASE_URL: database.url });
    expect(await api.ended).toBe(1);
    expect(api.printed.errors).toBe(
      `Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set PORT to another one.\n`,
    );
    other.close();
  });

  test("with invalid settings lists every problem without values", async () => {
    const api = start({
      PORT: "seventy",
      DATABASE_URL: "mysql://root:s3cret@db/x",
      BERTH_OWNER_TOKEN: "too-short-s3cret",
      BERTH_BACKENDS: "local,moon",
      BERTH_PUBLIC_URL: "ftp://s3cret",
      BERTH_RETENTION_GRACE_HOURS: "-1",
      BERTH_SWEEP_INTERVAL_SECONDS: "0",
    });
    expect(await api.ended).toBe(1);
    const { errors } = api.printed;
    for (const name of [
      "PORT",
      "DATABASE_URL",
      "OWNER_TOKEN",
      "BACKENDS",
      "PUBLIC_URL",
      "GRACE_HOURS",
      "SWEEP_INTERVAL",
    ]) {
      expect(errors).toContain(name);
    }
    for (const value of ["seventy", "s3cret", "moon", "mysql", "ftp", "-1"]) expect(errors).not.toContain(value);
    expect(errors).not.toMatch(/\bat \S+:\d+/);
    expect(errors.trim().split("\n")).toHaveLength(8);
  });

  test("with an unreachable database fails with one sentence, without its password", async () => {
    const api = start({ DATABASE_URL: `postgres://berth:s3cret@127.0.0.1:${await freePort()}/x` });
    expect(await api.ended).toBe(1);
    expect(api.printed.errors.trim().split("\n")).toHaveLength(1);
    expect(api.printed.errors).toContain("DATABASE_URL");
    expect(api.printed.errors).not.toContain("s3cret");
  });

  test("with a database that rejects the login fails with one sentence, without its password", async () => {
    await using database = await createTestDatabase();
    const wrong = new URL(database.url);
    wrong.pathname = "/no_such_database";
    expect(wrong.password).not.toBe("");
    const api = start({ DATABASE_URL: wrong.href });
    expect(await api.ended).toBe(1);
    expect(api.printed.errors.trim().split("\n")).toHaveLength(1);
    expect(api.printed.errors).toContain("no_such_database");
    expect(api.printed.errors).not.toContain(wrong.password);
  });
});

describe("a stop", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "by %s ends open streams, idle and busy connections, and exits with 0",
    async (signal) => {
      await using database = await createTestDatabase();
      const api = start({ DATABASE_URL: database.url });
      const { origin, token, call } = await ownerOf(api, dataDirectory);
      const authorization = `Bearer ${token}`;
      const stream = await fetch(`${origin}/trpc/events.subscribe?input={}`, { headers: { authorization } });
      const reader = stream.body?.getReader();
      await reader?.read();
      const { data } = await call("workspaces.create", { name: "busy" });
      await until(async () =>
        (await call("operations.get", { id: data.operation.id })).data.status === "succeeded" ? true : undefined,
      );
      const uploading = Promise.withResolvers<string>();
      const upload = request(`${origin}/files/${data.workspace.id}/workspace/never`, {
        method: "PUT",
        // The API has taken the request before the signal. A later one gets 503.
        headers: { authorization, "content-length": "1000000", expect: "100-continue" },
      });
      upload.on("error", () => uploading.resolve("cut")).on("response", () => uploading.resolve("responded"));
      upload.flushHeaders();
      await once(upload, "continue");
      upload.write("only the beginning");
      expect(await api.kill(signal)).toBe(0);
      expect(await uploading.promise).toBe("cut");
      expect(api.printed.errors).not.toContain('"level":50');
    },
  );
});

describe("a request during a stop", () => {
  test("gets 503 with Retry-After, whether it came before or after the signal", async () => {
    await using database = await createTestDatabase();
    const api = start({ DATABASE_URL: database.url, BERTH_BACKENDS: "local" });
    const { origin, token, call } = await ownerOf(api, dataDirectory);
    const { data } = await call("workspaces.create", { name: "silent" });
    const workspaceId = data.workspace.id;
    await until(async () =>
      (await call("workspaces.get", { id: workspaceId })).data.status === "online" ? 1 : undefined,
    );
    for (const pid of await processesWith(dataDirectory, "daemon.cjs")) process.kill(pid, "SIGSTOP");

    const before = call("files.list", { workspaceId, root: "/workspace" });
    const head = `GET /trpc/workspaces.list HTTP/1.1\r\nhost: berth\r\nauthorization: Bearer ${token}\r\n`;
    const after = connect(Number(new URL(origin).port), "127.0.0.1");
    after.write(head);
    await once(after, "connect");
    // The unfinished upload keeps the API in its grace period.
    const upload = request(`${origin}/files/${workspaceId}/workspace/never`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-length": "1000000", expect: "100-continue" },
    });
    upload.on("error", () => {});
    upload.flushHeaders();
    await once(upload, "continue");
    upload.write("only the beginning");
    await until(async () => ((await call("system.info")).status === 200 ? true : undefined));
    const ended = api.kill("SIGTERM");

    const refusal = { code: "backend_unavailable", retryable: true };
    const responded = await before;
    expect(responded.problem).toMatchObject(refusal);
    expect(responded.headers.get("retry-after")).toBe("5");
    after.write("\r\n");
    const [responseHead = "", body = ""] = Buffer.concat(await after.toArray())
      .toString()
      .split("\r\n\r\n");
    expect(responseHead).toMatch(/^HTTP\/1\.1 503 /);
    expect(responseHead).toContain("retry-after: 5");
    expect(JSON.parse(body).error.data.problem).toMatchObject(refusal);
    expect(await ended).toBe(0);
    // Some are already gone: the kernel hangs up on a stopped process group without a parent.
    await endProcesses(dataDirectory, "daemon.cjs");
  });
});

describe("a log without a reader", () => {
  test("does not stop the server", async () => {
    await using database = await createTestDatabase();
    const api = start({ DATABASE_URL: database.url });
    const { call, request: ask } = await ownerOf(api, dataDirectory);
    const pool = createPool(database.url, { max: 1 });
    await pool.query("drop table viewports");
    await pool.end();
    api.stopListening();
    // Each call logs a stack: together much more than the pipe and its buffers can hold.
    for (let turn = 0; turn < 400; turn += 1) {
      expect((await call("canvas.saveViewport", { x: turn, y: 0, zoom: 1 })).status).toBe(500);
    }
    expect((await ask("/healthz")).status).toBe(200);
    api.listenAgain();
    expect(await api.kill("SIGTERM")).toBe(0);
    // Nothing was lost either: the log was buffered until it was read.
    expect(api.printed.errors.match(/procedure failed/g)).toHaveLength(400);
  });
});

describe("readiness", () => {
  test("is 503 with the database's name while it is down, and the process keeps running", async () => {
    const database = await createTestDatabase();
    const api = start({ DATABASE_URL: database.url });
    const owner = await ownerOf(api, dataDirectory);
    expect((await owner.request("/readyz")).status).toBe(200);
    await database[Symbol.asyncDispose]();
    const unavailable = await until(async () => {
      const response = await owner.request("/readyz");
      return response.status === 503 ? response : undefined;
    });
    expect(unavailable.data.checks).toMatchObject({
      database: { ok: false },
      migrations: { ok: false },
      backends: { ok: true },
    });
    expect((await owner.request("/healthz")).status).toBe(200);
    const failed = await owner.call("workspaces.list");
    expect([failed.status, failed.problem?.retryable, failed.headers.get("retry-after")]).toEqual([503, true, "5"]);
    const file = await owner.request("/files/8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f/workspace/x");
    expect([file.status, file.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(failed.text).not.toContain("berth_test");
    expect(await api.kill("SIGTERM")).toBe(0);
  });
});
