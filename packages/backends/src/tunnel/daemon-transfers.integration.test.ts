import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { DAEMON_ROUTES, LIMITS, RESERVED_NAMES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import type { DaemonSession } from "./index.ts";
import { at, chunks, MiB, problem, sha256, useFileCalls } from "./testing/file-calls.ts";
import { TunnelFixture, until } from "./testing/tunnel-fixture.ts";

const files = useFileCalls();
const { get, onDisk, put } = files;
const execute = promisify(execFile);

describe("large transfers", () => {
  test("256 MiB are uploaded and downloaded with little memory and an intact checksum", async () => {
    const size = 256;
    const expected = createHash("sha256");
    for await (const chunk of chunks(size)) expected.update(chunk);
    const digest = expected.digest("hex");
    const before = await files.daemon.peakMemoryBytes();

    const written = await put("/large", Readable.from(chunks(size), { objectMode: false }));
    expect(written).toMatchObject({ size: size * MiB, sha256: digest });

    const read = createHash("sha256");
    const response = await files.session.bytes({ method: "GET", route: DAEMON_ROUTES.content, query: at("/large") });
    for await (const chunk of response.body) read.update(chunk as Buffer);
    expect(read.digest("hex")).toBe(digest);
    // Covers buffers and windows, far below the size of the file.
    expect((await files.daemon.peakMemoryBytes()) - before).toBeLessThan(size * MiB * 0.75);
  });

  test("a slow reader throttles the daemon", async () => {
    const response = await files.session.bytes({ method: "GET", route: DAEMON_ROUTES.content, query: at("/large") });
    const before = await files.daemon.peakMemoryBytes();
    await once(response.body, "readable");
    // Small calls still succeed.
    for (let call = 0; call < 50; call += 1) await files.session.json({ method: "GET", route: DAEMON_ROUTES.status });
    expect((await files.daemon.peakMemoryBytes()) - before).toBeLessThan(128 * MiB);
    response.body.destroy();
  });
});

describe("a connection that breaks", () => {
  const content = { method: "GET", route: DAEMON_ROUTES.content, query: at("/cut") } as const;
  const archive = { method: "GET", route: DAEMON_ROUTES.archive, query: at("/", { format: "tar" }) } as const;

  test.each([
    ["killed", "SIGKILL"],
    ["ended", "SIGTERM"],
  ] as const)("never passes off a partial response as complete when the daemon is %s", async (_how, signal) => {
    const other = await files.fixture.startDaemon({ incarnationId: `cut-${signal}` });
    await mkdir(other.root("/workspace"), { recursive: true });
    const responding = await files.fixture.session(other);
    await writeFile(join(other.root("/workspace"), "cut"), Buffer.alloc(128 * MiB));
    const responses = [await responding.bytes(content), await responding.bytes(archive)];
    for (const { body } of responses) await once(body, "readable");
    const exited = other.kill(signal);
    for (const { body } of responses)
      await expect(body.toArray()).rejects.toMatchObject(problem("workspace_not_running"));
    await exited;
  });

  test("never passes off a partial request as complete when the API disconnects", async () => {
    await using own = await TunnelFixture.open();
    const other = await own.startDaemon();
    const receiving = await own.session(other);
    const target = join(other.root("/workspace"), "cut");
    await writeFile(target, "old");
    const source = new Readable({ read() {} });
    source.push(Buffer.alloc(MiB));
    const call = receiving.json({ method: "PUT", route: DAEMON_ROUTES.content, query: at("/cut"), body: source });
    const outcome = expect(call).rejects.toMatchObject(problem("workspace_not_running"));
    await until(
      () => readdir(other.root("/workspace")),
      (names) => names.includes(".berth-daemon"),
    );
    await own.stopHub();
    await outcome;
    await until(
      () => readdir(other.root("/workspace")),
      (names) => !names.includes(".berth-daemon"),
    );
    expect(await readFile(target, "utf8")).toBe("old");
  });
});

describe("uploads in parts", () => {
  const part = (id: string, bytes: Buffer | Readable, start: number, end: number, total: number) =>
    put("/parts", bytes, { "content-range": `bytes ${start}-${end - 1}/${total}` }, { upload: id });
  const offset = async (id: string) => {
    const query = { root: "/workspace", upload: id };
    const asked = files.session.bytes({ method: "HEAD", route: DAEMON_ROUTES.upload, query });
    const response = await asked.catch((error: unknown) => {
      expect(error).toMatchObject(problem("not_found"));
      return null;
    });
    return response ? Number(response.headers["upload-offset"]) : 404;
  };

  test("continue where a lost connection stopped", async () => {
    const bytes = randomBytes(8 * MiB);
    const id = "cut-1";
    expect(await offset(id)).toBe(404);

    const half = new Readable({ read() {} });
    half.push(bytes.subarray(0, 5 * MiB));
    const first = part(id, half, 0, bytes.length, bytes.length);
    first.catch(() => {});
    await until(
      () => offset(id),
      (kept) => kept >= 4 * MiB && kept !== 404,
    );
    half.destroy(new Error("connection cut"));
    await expect(first).rejects.toThrow("connection cut");

    const kept = await until(
      () => offset(id),
      (kept) => kept === 5 * MiB,
    );
    await expect(part(id, bytes, 0, bytes.length, bytes.length)).rejects.toMatchObject(
      problem("upload_offset_mismatch", { details: { offset: kept } }),
    );
    expect(await part(id, bytes.subarray(kept), kept, bytes.length, bytes.length)).toMatchObject({
      path: "/parts",
      size: bytes.length,
      sha256: sha256(bytes),
    });
    expect((await get("/parts")).bytes.equals(bytes)).toBe(true);
    expect(await offset(id)).toBe(404);
    expect(await readdir(files.daemon.root("/workspace"))).not.toContain(".berth-daemon");
  });

  test("continue after the daemon was killed, with the right checksum", async () => {
    const other = await files.fixture.startDaemon();
    const bytes = randomBytes(3 * MiB);
    const call = (target: DaemonSession, from: number, to: number) =>
      target.json({
        method: "PUT",
        route: DAEMON_ROUTES.content,
        query: at("/resumed", { upload: "killed-1" }),
        headers: { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` },
        body: bytes.subarray(from, to),
      });

    expect(await call(await files.fixture.session(other), 0, 2 * MiB)).toEqual({ offset: 2 * MiB });
    await other.kill("SIGKILL");
    const again = await files.fixture.startDaemon({ roots: other.boot.roots });
    expect(await call(await files.fixture.session(again), 2 * MiB, 3 * MiB)).toMatchObject({
      sha256: sha256(bytes),
      size: bytes.length,
    });
  });

  test("are taken over by the same client after a lost connection", async () => {
    const bytes = randomBytes(MiB);
    const hanging = new Readable({ read() {} });
    hanging.push(bytes.subarray(0, 1000));
    const lost = part("hanging-1", hanging, 0, bytes.length, bytes.length);
    const outcome = expect(lost).rejects.toMatchObject(problem("workspace_not_running"));
    await until(
      () => offset("hanging-1"),
      (kept) => kept === 1000,
    );

    expect(await part("hanging-1", bytes.subarray(1000), 1000, bytes.length, bytes.length)).toMatchObject({
      sha256: sha256(bytes),
    });
    await outcome;
    hanging.destroy();
  });

  test("are refused when invalid, and can be cancelled", async () => {
    const bytes = Buffer.alloc(100);
    await expect(part("../../x", bytes, 0, 100, 100)).rejects.toMatchObject(problem("invalid_input"));
    await expect(put("/parts", bytes, {}, { upload: "no-range" })).rejects.toMatchObject(problem("invalid_input"));
    await expect(part("long", bytes, 0, 50, 100)).rejects.toMatchObject(problem("invalid_input"));
    const max = LIMITS.fileUploadBytesMax;
    await expect(part("large", bytes, 0, 100, max + 1)).rejects.toMatchObject(
      problem("limit_exceeded", { details: { limit: "fileUploadBytesMax", max } }),
    );

    expect(await part("given-up", bytes, 0, 100, 200)).toEqual({ offset: 100 });
    const dropped = await files.session.bytes({
      method: "DELETE",
      route: DAEMON_ROUTES.upload,
      query: { root: "/workspace", upload: "given-up" },
    });
    expect(dropped.status).toBe(204);
    expect(await offset("given-up")).toBe(404);
  });

  test("fail at once when the workspace replaced the upload with a pipe", async () => {
    const bytes = Buffer.alloc(100);
    // Creates the daemon's folder for uploads and keeps it.
    expect(await part("unfinished", bytes, 0, 100, 200)).toEqual({ offset: 100 });
    const folder = (await readdir(onDisk("/"))).find((name) => RESERVED_NAMES.includes(name));
    const pipe = onDisk(`/${folder}/uploads/piped`);
    await execute("mkfifo", [pipe]);
    await expect(part("piped", bytes, 0, 100, 100)).rejects.toMatchObject(problem("path_not_allowed"));
    const query = { root: "/workspace", upload: "piped" };
    const asked = files.session.bytes({ method: "HEAD", route: DAEMON_ROUTES.upload, query });
    // Not "too slow", which would be retryable. A response to HEAD has no body with details.
    await expect(asked).rejects.toMatchObject({ problem: { retryable: false } });
    // Other uploads can still use the scratch folder.
    await put("/beside-the-pipe", bytes);
    await rm(pipe);
  });
});
