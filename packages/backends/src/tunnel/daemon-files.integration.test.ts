import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { DAEMON_ROUTES, LIMITS } from "@berth/domain";
import { describe, expect, test } from "vitest";
import type { DaemonCall } from "./index.ts";
import { all, at, chunks, MiB, problem, useFileCalls } from "./testing/file-calls.ts";

const files = useFileCalls();
const { onDisk, post, put } = files;

describe("the other file routes", () => {
  test("make, list, copy, move and delete entries", async () => {
    await post(DAEMON_ROUTES.makeDirectory, { path: "/tree/a", parents: true });
    await expect(post(DAEMON_ROUTES.makeDirectory, { path: "/tree/a" })).rejects.toMatchObject(
      problem("already_exists"),
    );
    await put("/tree/a/one.txt", Buffer.from("1"));
    expect(await post(DAEMON_ROUTES.copy, { from: "/tree/a", to: "/tree/b" })).toEqual({
      path: "/tree/b",
      differences: [],
    });
    expect(await post(DAEMON_ROUTES.move, { from: "/tree/b/one.txt", to: "/tree/b/two.txt" })).toEqual({
      path: "/tree/b/two.txt",
    });

    const list = await files.session.json({
      method: "GET",
      route: DAEMON_ROUTES.list,
      query: at("/tree"),
    });
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

  test("search streams its matches, and usage returns the size", async () => {
    await put("/search/app.ts", Buffer.from("import x\nconst needle = 1;\n"));
    await put("/search/data.bin", Buffer.from("\0needle"));
    const found = async (query: DaemonCall["query"]) => {
      const call = { method: "GET", route: DAEMON_ROUTES.search, query: at("/search", query) } as const;
      return all(await files.session.lines(call));
    };
    expect(await found({ content: "needle" })).toEqual([
      { path: "/search/app.ts", kind: "file", line: 2, text: "const needle = 1;" },
    ]);
    expect(await found({ name: "*.bin" })).toEqual([
      { path: "/search/data.bin", kind: "file", line: null, text: null },
    ]);
    await expect(found({})).rejects.toMatchObject(problem("invalid_input"));
    const usage = () => files.session.json({ method: "GET", route: DAEMON_ROUTES.usage });
    const before = await usage();
    await put("/large", Readable.from(chunks(32), { objectMode: false }));
    expect((await usage()).sizeBytes - before.sizeBytes).toBeGreaterThanOrEqual(32 * MiB);
  });

  test("archive a folder that can be unpacked elsewhere", async () => {
    await put("/pack/dir/file.txt", Buffer.from("content"));
    for (const format of ["tar", "tar.gz"]) {
      const response = await files.session.bytes({
        method: "GET",
        route: DAEMON_ROUTES.archive,
        query: at("/pack", { format }),
      });
      const bytes = Buffer.concat(await response.body.toArray());
      const unpacked = await files.session.json({
        method: "PUT",
        route: DAEMON_ROUTES.archive,
        query: at(`/unpacked/${format}`, { format }),
        body: bytes,
      });
      expect(unpacked).toEqual({ files: 1, directories: 1, links: 0, bytes: 7, differences: [] });
      expect(await readFile(onDisk(`/unpacked/${format}/dir/file.txt`), "utf8")).toBe("content");
    }
    const zip = await files.session.bytes({
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
    await expect(files.session.json(damaged)).rejects.toMatchObject(problem("invalid_input"));
  });

  test("refuse unknown roots, cursors, sort orders and types", async () => {
    const list = (query: Record<string, string | number | boolean | undefined>) =>
      files.session.json({ method: "GET", route: DAEMON_ROUTES.list, query });
    await expect(list({ root: "/etc", path: "/" })).rejects.toMatchObject(problem("invalid_input"));
    await expect(list(at("/", { limit: LIMITS.filesListLimitMax + 1 }))).rejects.toMatchObject(
      problem("limit_exceeded"),
    );
    await expect(list(at("/", { cursor: "nonsense" }))).rejects.toMatchObject(problem("invalid_input"));
    await expect(list(at("/", { sort: "colour" }))).rejects.toMatchObject(problem("invalid_input"));
    await expect(post(DAEMON_ROUTES.delete, { path: 5 })).rejects.toMatchObject(problem("invalid_input"));
  });
});
