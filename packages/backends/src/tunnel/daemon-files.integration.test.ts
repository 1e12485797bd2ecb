import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  type ArchiveExtracted,
  DAEMON_ROUTES,
  type FileListing,
  type FileStat,
  type FileWritten,
  LIMITS,
  type SearchMatch,
} from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DaemonCall, DaemonSession } from "./index.ts";
import { type DaemonProcess, TunnelFixture, until } from "./testing/tunnel-fixture.ts";

const MiB = 1024 * 1024;
let fixture: TunnelFixture;
let daemon: DaemonProcess;
let session: DaemonSession;

beforeAll(async () => {
  fixture = await TunnelFixture.open();
  daemon = await fixture.startDaemon();
  session = await fixture.session(daemon);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const at = (path: string, more: DaemonCall["query"] = {}) => ({ root: "/workspace", path, ...more });
const onDisk = (path: string) => join(daemon.root("/workspace"), path);
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const post = (route: string, body: object) => session.json({ method: "POST", route }, { root: "/workspace", ...body });
const problem = (code: string, more: object = {}) => ({ problem: expect.objectContaining({ code, ...more }) });

function put(
  path: string,
  body: Buffer | Readable,
  headers: Record<string, string> = {},
  query: DaemonCall["query"] = {},
) {
  return session.json<FileWritten>({
    method: "PUT",
    route: DAEMON_ROUTES.content,
    query: at(path, query),
    headers,
    body,
  });
}

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await session.call({ method: "GET", route: DAEMON_ROUTES.content, query: at(path), headers });
  return { ...answer, bytes: Buffer.concat(await answer.body.toArray()) };
}

describe("content", () => {
  test("comes back byte for byte, with its checksum, size and etag, whatever the bytes are", async () => {
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    for (const bytes of [Buffer.alloc(0), everyByte, Buffer.from("\r\n\0ü😀"), randomBytes(3 * MiB + 1)]) {
      const written = await put("/deep/er/some.bin", bytes);
      expect(written).toMatchObject({ path: "/deep/er/some.bin", size: bytes.length, sha256: sha256(bytes) });
      const { bytes: read, headers, status } = await get("/deep/er/some.bin");
      expect(status).toBe(200);
      expect(read.equals(bytes)).toBe(true);
      expect(headers).toMatchObject({
        etag: written.etag,
        "content-length": String(bytes.length),
        "accept-ranges": "bytes",
      });
      const facts = await session.json<FileStat>({
        method: "GET",
        route: DAEMON_ROUTES.stat,
        query: at("/deep/er/some.bin"),
      });
      expect(facts).toMatchObject({ etag: written.etag, size: bytes.length, kind: "file", name: "some.bin" });
    }
    expect(await readdir(daemon.root("/workspace"))).not.toContain(".berth");
  });

  test("is served in ranges, and not at all when the reader has it already", async () => {
    const bytes = randomBytes(10_000);
    const { etag } = await put("/ranges", bytes);
    const range = async (range: string, more = {}) => await get("/ranges", { range, ...more });

    for (const [header, start, end] of [
      ["bytes=0-99", 0, 100],
      ["bytes=9990-", 9990, 10_000],
      ["bytes=-10", 9990, 10_000],
      ["bytes=5000-99999", 5000, 10_000],
    ] as const) {
      const part = await range(header);
      expect(part.status).toBe(206);
      expect(part.headers["content-range"]).toBe(`bytes ${start}-${end - 1}/10000`);
      expect(part.bytes.equals(bytes.subarray(start, end))).toBe(true);
    }
    expect(await range("bytes=10000-")).toMatchObject({ status: 416, headers: { "content-range": "bytes */10000" } });
    expect((await range("bytes=0-1,5-6")).status).toBe(200);
    expect((await range("bytes=0-1", { "if-range": '"another"' })).bytes).toHaveLength(10_000);
    expect(await get("/ranges", { "if-none-match": etag })).toMatchObject({ status: 304, bytes: Buffer.alloc(0) });
    expect((await get("/ranges", { "if-none-match": '"another"' })).status).toBe(200);
  });

  test("is replaced only by who knows what it replaces", async () => {
    const first = await put("/guarded", Buffer.from("one"));
    const second = await put("/guarded", Buffer.from("two"), { "if-match": first.etag });
    expect(second.etag).not.toBe(first.etag);

    const stale = put("/guarded", Buffer.from("three"), { "if-match": first.etag });
    await expect(stale).rejects.toMatchObject(
      problem("etag_mismatch", { details: { expected: first.etag, actual: second.etag } }),
    );
    await expect(put("/guarded", Buffer.from("new"), { "if-none-match": "*" })).rejects.toMatchObject(
      problem("etag_mismatch"),
    );
    await expect(put("/missing", Buffer.from("x"), { "if-match": '"any"' })).rejects.toMatchObject(
      problem("etag_mismatch", { details: { expected: '"any"', actual: null } }),
    );
    expect((await get("/guarded")).bytes.toString()).toBe("two");

    const created = await put("/fresh", Buffer.from("1"), { "if-none-match": "*" });
    expect((await get("/fresh")).headers.etag).toBe(created.etag);
    // A change from inside the workspace counts as well.
    await writeFile(onDisk("/fresh"), "22");
    await expect(put("/fresh", Buffer.from("x"), { "if-match": created.etag })).rejects.toMatchObject(
      problem("etag_mismatch"),
    );
  });

  test("of two writers with the same etag only one wins", async () => {
    const { etag } = await put("/race", Buffer.from("start"));
    const writers = Array.from({ length: 8 }, (_, writer) =>
      put("/race", Buffer.from(`writer ${writer}`), { "if-match": etag }),
    );
    const settled = await Promise.allSettled(writers);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("keeps the mode of the file it replaces, and goes where a link leads", async () => {
    await put("/script.sh", Buffer.from("#!/bin/sh\n"));
    await chmod(onDisk("/script.sh"), 0o751);
    await symlink("script.sh", onDisk("/link"));
    await put("/link", Buffer.from("#!/bin/sh\nexit 1\n"));
    expect((await stat(onDisk("/script.sh"))).mode & 0o777).toBe(0o751);
    expect((await get("/script.sh")).bytes.toString()).toContain("exit 1");
    expect(
      (await session.json<FileStat>({ method: "GET", route: DAEMON_ROUTES.stat, query: at("/link") })).linkTarget,
    ).toBe("script.sh");
  });

  test("refuses folders, missing parents that may not be made, and roots", async () => {
    await mkdir(onDisk("/folder"));
    await expect(put("/folder", Buffer.from("x"))).rejects.toMatchObject(problem("invalid_input"));
    await expect(put("/", Buffer.from("x"))).rejects.toMatchObject(problem("invalid_input"));
    await expect(put("/no/parents", Buffer.from("x"), {}, { parents: false })).rejects.toMatchObject(
      problem("not_found"),
    );
    await expect(put("/ranges/below", Buffer.from("x"))).rejects.toMatchObject(problem("invalid_input"));
    await expect(get("/folder")).rejects.toMatchObject(problem("invalid_input"));
    await expect(get("/nothing")).rejects.toMatchObject(problem("not_found", { message: "/nothing was not found." }));
    await expect(get("/../etc/passwd")).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(get("/.berth/x")).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(get("/nul\0")).rejects.toMatchObject(problem("path_not_allowed"));
  });

  test("ends with an error, not short, when the file shrinks under way", async () => {
    await writeFile(onDisk("/shrinking"), Buffer.alloc(64 * MiB));
    const answer = await session.call({ method: "GET", route: DAEMON_ROUTES.content, query: at("/shrinking") });
    await truncate(onDisk("/shrinking"), 1000);
    await expect(answer.body.toArray()).rejects.toMatchObject(problem("workspace_not_running"));
  });

  test("leaves the old file and no rest when the sender breaks off", async () => {
    await put("/broken-off", Buffer.from("old"));
    const source = new Readable({ read() {} });
    source.push(Buffer.alloc(MiB));
    const call = put("/broken-off", source);
    await until(
      () => readdir(daemon.root("/workspace")),
      (names) => names.includes(".berth"),
    );
    source.destroy(new Error("the browser went away"));
    await expect(call).rejects.toThrow("the browser went away");
    await until(
      () => readdir(daemon.root("/workspace")),
      (names) => !names.includes(".berth"),
    );
    expect((await get("/broken-off")).bytes.toString()).toBe("old");
  });

  test("a refusal comes at once, before the bytes, and the connection stays good", async () => {
    await mkdir(onDisk("/is-a-folder"));
    const source = Readable.from(chunks(64), { objectMode: false });
    await expect(put("/is-a-folder", source)).rejects.toMatchObject(problem("invalid_input"));
    source.destroy();
    expect(await session.ping()).toBeGreaterThan(0);
  });

  test("a cancelled download stops the daemon reading", async () => {
    await writeFile(onDisk("/long"), Buffer.alloc(128 * MiB));
    const abort = new AbortController();
    const answer = await session.call({
      method: "GET",
      route: DAEMON_ROUTES.content,
      query: at("/long"),
      signal: abort.signal,
    });
    await once(answer.body, "readable");
    abort.abort(new Error("enough"));
    await expect(answer.body.toArray()).rejects.toThrow("enough");
    await until(
      () => openFilesOf(daemon.pid),
      (files) => !files.includes(onDisk("/long")),
    );
  });
});

describe("large transfers", () => {
  test("256 MiB go up and down in little memory and keep their checksum", async () => {
    const size = 256;
    const expected = createHash("sha256");
    for await (const chunk of chunks(size)) expected.update(chunk);
    const digest = expected.digest("hex");
    const before = await daemon.peakMemoryBytes();

    const written = await put("/large", Readable.from(chunks(size), { objectMode: false }));
    expect(written).toMatchObject({ size: size * MiB, sha256: digest });

    const read = createHash("sha256");
    const answer = await session.call({ method: "GET", route: DAEMON_ROUTES.content, query: at("/large") });
    for await (const chunk of answer.body) read.update(chunk as Buffer);
    expect(read.digest("hex")).toBe(digest);
    // Buffers and windows, far from the size of the file.
    expect((await daemon.peakMemoryBytes()) - before).toBeLessThan(size * MiB * 0.75);
  });

  test("a slow reader holds the daemon back", async () => {
    const answer = await session.call({ method: "GET", route: DAEMON_ROUTES.content, query: at("/large") });
    const before = await daemon.peakMemoryBytes();
    await once(answer.body, "readable");
    // Small calls go on meanwhile.
    for (let call = 0; call < 50; call += 1) await session.json({ method: "GET", route: DAEMON_ROUTES.status });
    expect((await daemon.peakMemoryBytes()) - before).toBeLessThan(128 * MiB);
    answer.body.destroy();
  });
});

describe("a connection that breaks", () => {
  const content = { method: "GET", route: DAEMON_ROUTES.content, query: at("/cut") } as const;
  const archive = { method: "GET", route: DAEMON_ROUTES.archive, query: at("/", { format: "tar" }) } as const;

  test.each([
    ["killed", "SIGKILL"],
    ["ended", "SIGTERM"],
  ] as const)("never makes half an answer look whole when the daemon is %s", async (_how, signal) => {
    const other = await fixture.startDaemon({ incarnationId: `cut-${signal}` });
    await mkdir(other.root("/workspace"), { recursive: true });
    const answering = await fixture.session(other);
    await writeFile(join(other.root("/workspace"), "cut"), Buffer.alloc(128 * MiB));
    const answers = [await answering.call(content), await answering.call(archive)];
    for (const { body } of answers) await once(body, "readable");
    const exited = other.kill(signal);
    for (const { body } of answers)
      await expect(body.toArray()).rejects.toMatchObject(problem("workspace_not_running"));
    await exited;
  });

  test("never makes half a request look whole when the API goes away", async () => {
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
      (names) => names.includes(".berth"),
    );
    await own.stopHub();
    await outcome;
    await until(
      () => readdir(other.root("/workspace")),
      (names) => !names.includes(".berth"),
    );
    expect(await readFile(target, "utf8")).toBe("old");
  });
});

describe("uploads in parts", () => {
  const part = (id: string, bytes: Buffer | Readable, start: number, end: number, total: number) =>
    put("/parts", bytes, { "content-range": `bytes ${start}-${end - 1}/${total}` }, { upload: id });
  const offset = async (id: string) => {
    const answer = await session.request({
      method: "HEAD",
      route: DAEMON_ROUTES.upload,
      query: { root: "/workspace", upload: id },
    });
    return answer.status === 200 ? Number(answer.headers["upload-offset"]) : answer.status;
  };

  test("go on where a cut connection left off", async () => {
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
    expect(await readdir(daemon.root("/workspace"))).not.toContain(".berth");
  });

  test("go on after the daemon itself was killed, with the right checksum", async () => {
    const other = await fixture.startDaemon();
    const bytes = randomBytes(3 * MiB);
    const call = (target: DaemonSession, from: number, to: number) =>
      target.json({
        method: "PUT",
        route: DAEMON_ROUTES.content,
        query: at("/resumed", { upload: "killed-1" }),
        headers: { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` },
        body: bytes.subarray(from, to),
      });

    expect(await call(await fixture.session(other), 0, 2 * MiB)).toEqual({ offset: 2 * MiB });
    await other.kill("SIGKILL");
    const again = await fixture.startDaemon({ roots: other.boot.roots });
    expect(await call(await fixture.session(again), 2 * MiB, 3 * MiB)).toMatchObject({
      sha256: sha256(bytes),
      size: bytes.length,
    });
  });

  test("a client that comes back takes over from its own lost connection", async () => {
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

  test("are refused when they make no sense, and can be given up", async () => {
    const bytes = Buffer.alloc(100);
    await expect(part("../../x", bytes, 0, 100, 100)).rejects.toMatchObject(problem("invalid_input"));
    await expect(put("/parts", bytes, {}, { upload: "no-range" })).rejects.toMatchObject(problem("invalid_input"));
    await expect(part("long", bytes, 0, 50, 100)).rejects.toMatchObject(problem("invalid_input"));
    const max = LIMITS.fileUploadBytesMax;
    await expect(part("large", bytes, 0, 100, max + 1)).rejects.toMatchObject(
      problem("limit_exceeded", { details: { limit: "fileUploadBytesMax", max } }),
    );

    expect(await part("given-up", bytes, 0, 100, 200)).toEqual({ offset: 100 });
    const dropped = await session.request({
      method: "DELETE",
      route: DAEMON_ROUTES.upload,
      query: { root: "/workspace", upload: "given-up" },
    });
    expect(dropped.status).toBe(204);
    expect(await offset("given-up")).toBe(404);
  });
});

describe("the other routes", () => {
  test("make, list, copy, move, delete", async () => {
    await post(DAEMON_ROUTES.makeDirectory, { path: "/tree/a", parents: true });
    await expect(post(DAEMON_ROUTES.makeDirectory, { path: "/tree/a" })).rejects.toMatchObject(
      problem("already_exists"),
    );
    await put("/tree/a/one.txt", Buffer.from("1"));
    expect(await post(DAEMON_ROUTES.copy, { from: "/tree/a", to: "/tree/b" })).toEqual({ path: "/tree/b" });
    expect(await post(DAEMON_ROUTES.move, { from: "/tree/b/one.txt", to: "/tree/b/two.txt" })).toEqual({
      path: "/tree/b/two.txt",
    });

    const list = await session.json<FileListing>({ method: "GET", route: DAEMON_ROUTES.list, query: at("/tree") });
    expect(list).toMatchObject({
      entries: [
        { name: "a", kind: "directory" },
        { name: "b", kind: "directory" },
      ],
      nextCursor: null,
      total: 2,
    });
    expect(await readdir(onDisk("/tree/b"))).toEqual(["two.txt"]);

    await expect(post(DAEMON_ROUTES.delete, { path: "/tree" })).rejects.toMatchObject(problem("not_empty"));
    await expect(post(DAEMON_ROUTES.delete, { path: "/", recursive: true })).rejects.toMatchObject(
      problem("path_not_allowed"),
    );
    await post(DAEMON_ROUTES.delete, { path: "/tree", recursive: true });
    await expect(post(DAEMON_ROUTES.delete, { path: "/tree" })).rejects.toMatchObject(problem("not_found"));
  });

  test("search streams its matches and measuring tells the size", async () => {
    await put("/search/app.ts", Buffer.from("import x\nconst needle = 1;\n"));
    await put("/search/data.bin", Buffer.from("\0needle"));
    const found = async (query: DaemonCall["query"]) => {
      const answer = await session.call({ method: "GET", route: DAEMON_ROUTES.search, query: at("/search", query) });
      const text = Buffer.concat(await answer.body.toArray()).toString();
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as SearchMatch);
    };
    expect(await found({ content: "needle" })).toEqual([
      { path: "/search/app.ts", kind: "file", line: 2, text: "const needle = 1;" },
    ]);
    expect(await found({ name: "*.bin" })).toEqual([
      { path: "/search/data.bin", kind: "file", line: null, text: null },
    ]);
    await expect(found({})).rejects.toMatchObject(problem("invalid_input"));
    const usage = await session.json<{ sizeBytes: number }>({ method: "GET", route: DAEMON_ROUTES.usage });
    expect(usage.sizeBytes).toBeGreaterThan(256 * MiB);
  });

  test("an archive of a folder can be unpacked elsewhere", async () => {
    await put("/pack/dir/file.txt", Buffer.from("content"));
    for (const format of ["tar", "tar.gz"]) {
      const answer = await session.call({
        method: "GET",
        route: DAEMON_ROUTES.archive,
        query: at("/pack", { format }),
      });
      const bytes = Buffer.concat(await answer.body.toArray());
      const unpacked = await session.json<ArchiveExtracted>({
        method: "PUT",
        route: DAEMON_ROUTES.archive,
        query: at(`/unpacked/${format}`, { format }),
        body: bytes,
      });
      expect(unpacked).toEqual({ files: 1, directories: 1, links: 0, bytes: 7 });
      expect(await readFile(onDisk(`/unpacked/${format}/dir/file.txt`), "utf8")).toBe("content");
    }
    const zip = await session.call({
      method: "GET",
      route: DAEMON_ROUTES.archive,
      query: at("/pack", { format: "zip" }),
    });
    expect(
      Buffer.concat(await zip.body.toArray())
        .subarray(0, 4)
        .toString(),
    ).toBe("PK\x03\x04");
    const damaged = {
      method: "PUT",
      route: DAEMON_ROUTES.archive,
      query: at("/unpacked/damaged", { format: "tar.gz" }),
      body: randomBytes(1000),
    } as const;
    await expect(session.json(damaged)).rejects.toMatchObject(problem("invalid_input"));
  });

  test("refuse what they do not know", async () => {
    await expect(session.json({ method: "GET", route: "/nothing" })).rejects.toMatchObject(problem("not_found"));
    await expect(session.json({ method: "DELETE", route: DAEMON_ROUTES.list })).rejects.toMatchObject(
      problem("not_found"),
    );
    const list = (query: Record<string, string | number | boolean | undefined>) =>
      session.json({ method: "GET", route: DAEMON_ROUTES.list, query });
    await expect(list({ root: "/etc", path: "/" })).rejects.toMatchObject(problem("invalid_input"));
    await expect(list(at("/", { limit: LIMITS.filesListLimitMax + 1 }))).rejects.toMatchObject(
      problem("limit_exceeded"),
    );
    await expect(list(at("/", { cursor: "nonsense" }))).rejects.toMatchObject(problem("invalid_input"));
    await expect(list(at("/", { sort: "colour" }))).rejects.toMatchObject(problem("invalid_input"));
    await expect(post(DAEMON_ROUTES.delete, { path: 5 })).rejects.toMatchObject(problem("invalid_input"));
  });
});

/** The same bytes for the same count, never all in memory. */
function* chunks(mebibytes: number): Generator<Buffer> {
  for (let index = 0; index < mebibytes; index += 1) yield Buffer.alloc(MiB, `chunk ${index} `);
}

async function openFilesOf(pid: number): Promise<string[]> {
  const { readlink } = await import("node:fs/promises");
  const descriptors = await readdir(`/proc/${pid}/fd`);
  return await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
}
