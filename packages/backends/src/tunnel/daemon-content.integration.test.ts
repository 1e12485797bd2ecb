import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, readlink, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { DAEMON_ROUTES } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { at, chunks, MiB, problem, sha256, useFileCalls } from "./testing/file-calls.ts";
import { until } from "./testing/tunnel-fixture.ts";

const files = useFileCalls();
const { get, onDisk, put } = files;

describe("content", () => {
  test("is returned byte for byte with checksum, size and etag, for any bytes", async () => {
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
      const facts = await files.session.json({
        method: "GET",
        route: DAEMON_ROUTES.stat,
        query: at("/deep/er/some.bin"),
      });
      expect(facts).toMatchObject({ etag: written.etag, size: bytes.length, kind: "file", name: "some.bin" });
    }
    expect(await readdir(files.daemon.root("/workspace"))).not.toContain(".berth-daemon");
  });

  test("is served in ranges, and returns 304 when the reader's copy is current", async () => {
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

  test("is replaced only with the current etag", async () => {
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

  test("accepts only one of several writers with the same etag", async () => {
    const { etag } = await put("/race", Buffer.from("start"));
    const writers = Array.from({ length: 8 }, (_, writer) =>
      put("/race", Buffer.from(`writer ${writer}`), { "if-match": etag }),
    );
    const settled = await Promise.allSettled(writers);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("keeps the mode of the file that it replaces, and follows links", async () => {
    await put("/script.sh", Buffer.from("#!/bin/sh\n"));
    await chmod(onDisk("/script.sh"), 0o751);
    await symlink("script.sh", onDisk("/link"));
    await put("/link", Buffer.from("#!/bin/sh\nexit 1\n"));
    expect((await stat(onDisk("/script.sh"))).mode & 0o777).toBe(0o751);
    expect((await get("/script.sh")).bytes.toString()).toContain("exit 1");
    expect(
      (await files.session.json({ method: "GET", route: DAEMON_ROUTES.stat, query: at("/link") })).linkTarget,
    ).toBe("script.sh");
  });

  test("refuses folders, roots, and missing parents with parents=false", async () => {
    await mkdir(onDisk("/folder"));
    await expect(put("/folder", Buffer.from("x"))).rejects.toMatchObject(problem("invalid_input"));
    await expect(put("/", Buffer.from("x"))).rejects.toMatchObject(problem("invalid_input"));
    await expect(put("/no/parents", Buffer.from("x"), {}, { parents: false })).rejects.toMatchObject(
      problem("not_found"),
    );
    await expect(put("/ranges/below", Buffer.from("x"))).rejects.toMatchObject(problem("invalid_input"));
    await expect(get("/folder")).rejects.toMatchObject(problem("invalid_input"));
    await expect(get("/nothing")).rejects.toMatchObject(
      problem("not_found", { message: 'The workspace reported: "/nothing was not found."' }),
    );
    await expect(get("/../etc/passwd")).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(get("/.berth-daemon/x")).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(get("/nul\0")).rejects.toMatchObject(problem("path_not_allowed"));
  });

  test("ends with an error when the file shrinks during the download", async () => {
    await writeFile(onDisk("/shrinking"), Buffer.alloc(64 * MiB));
    const response = await files.session.bytes({
      method: "GET",
      route: DAEMON_ROUTES.content,
      query: at("/shrinking"),
    });
    await truncate(onDisk("/shrinking"), 1000);
    await expect(response.body.toArray()).rejects.toMatchObject(problem("workspace_not_running"));
  });

  test("keeps the old file and no partial one when the sender disconnects", async () => {
    await put("/broken-off", Buffer.from("old"));
    const source = new Readable({ read() {} });
    source.push(Buffer.alloc(MiB));
    const call = put("/broken-off", source);
    await until(
      () => readdir(files.daemon.root("/workspace")),
      (names) => names.includes(".berth-daemon"),
    );
    source.destroy(new Error("the browser went away"));
    await expect(call).rejects.toThrow("the browser went away");
    await until(
      () => readdir(files.daemon.root("/workspace")),
      (names) => !names.includes(".berth-daemon"),
    );
    expect((await get("/broken-off")).bytes.toString()).toBe("old");
  });

  test("is refused before the upload, and the connection stays usable", async () => {
    await mkdir(onDisk("/is-a-folder"));
    const source = Readable.from(chunks(64), { objectMode: false });
    await expect(put("/is-a-folder", source)).rejects.toMatchObject(problem("invalid_input"));
    source.destroy();
    expect(await files.session.ping()).toBeGreaterThan(0);
  });

  test("is no longer read by the daemon after a cancelled download", async () => {
    await writeFile(onDisk("/long"), Buffer.alloc(128 * MiB));
    const abort = new AbortController();
    const response = await files.session.bytes({
      method: "GET",
      route: DAEMON_ROUTES.content,
      query: at("/long"),
      signal: abort.signal,
    });
    await once(response.body, "readable");
    abort.abort(new Error("enough"));
    await expect(response.body.toArray()).rejects.toThrow("enough");
    await until(
      () => openFilesOf(files.daemon.pid),
      (files) => !files.includes(onDisk("/long")),
    );
  });
});

async function openFilesOf(pid: number): Promise<string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  return await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
}
