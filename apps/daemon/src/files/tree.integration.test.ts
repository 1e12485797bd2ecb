import { chmod, link, mkdir, readdir, readFile, readlink, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyEntry } from "./copy.ts";
import { deleteEntry } from "./delete.ts";
import { moveEntry } from "./move.ts";
import { problem, TemporaryRoot } from "./testing/temporary-root.ts";
import { measureUsage } from "./usage.ts";

const move = (root: TemporaryRoot, from: string, to: string, overwrite = false) =>
  moveEntry(root.root, root.path(from), root.path(to), { overwrite });
const copy = (root: TemporaryRoot, from: string, to: string, overwrite = false) =>
  copyEntry(root.root, root.path(from), root.path(to), { overwrite });
const remove = (root: TemporaryRoot, path: string, recursive = false) =>
  deleteEntry(root.root, root.path(path), { recursive });

describe("copying", () => {
  test("keeps modes, times and links, and leaves no temporary files", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("from/deep/run.sh", "#!/bin/sh\n");
    await chmod(root.disk("from/deep/run.sh"), 0o4750);
    await utimes(root.disk("from/deep/run.sh"), 1_500_000_000, 1_500_000_000.5);
    await symlink(join(root.outside, "secret"), root.disk("from/out"));
    await chmod(root.disk("from/deep"), 0o700);
    await utimes(root.disk("from/deep"), 1_400_000_000, 1_400_000_000);

    await copy(root, "from", "to");

    const file = await stat(root.disk("to/deep/run.sh"));
    expect([file.mode & 0o7777, file.mtimeMs]).toEqual([0o4750, 1_500_000_000_500]);
    const folder = await stat(root.disk("to/deep"));
    expect([folder.mode & 0o7777, folder.mtimeMs]).toEqual([0o700, 1_400_000_000_000]);
    expect(await readlink(root.disk("to/out"))).toBe(join(root.outside, "secret"));
    expect(await root.read("to/deep/run.sh")).toBe("#!/bin/sh\n");
    expect((await readdir(root.root.path)).sort()).toEqual(["from", "to"]);
  });

  test("of a folder into itself terminates, and of a file over another requires overwrite", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("a/file", "1");
    await copy(root, "a", "a/b");
    expect(await readdir(root.disk("a/b"))).toEqual(["file"]);
    await root.put("other", "2");
    await expect(copy(root, "a/file", "other")).rejects.toMatchObject(problem("already_exists"));
    await copy(root, "a/file", "other", true);
    expect(await root.read("other")).toBe("1");
    await expect(copy(root, "missing", "x")).rejects.toMatchObject(problem("not_found"));
    await expect(copy(root, "a/file", "missing/x")).rejects.toMatchObject(problem("not_found"));
    await expect(copy(root, "a", "/")).rejects.toMatchObject(problem("path_not_allowed"));
  });

  test("stops when the caller disconnects, and leaves no partial copy", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("a/file", "1");
    const copied = copyEntry(root.root, root.path("a"), root.path("b"), {
      overwrite: false,
      signal: AbortSignal.abort(new Error("gone")),
    });
    await expect(copied).rejects.toThrow("gone");
    expect(await readdir(root.root.path)).toEqual(["a"]);
  });
});

describe("moving", () => {
  test("moves files, folders and links, but not link targets", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("a/file", "1");
    await symlink(root.outside, root.disk("link"));
    await move(root, "a", "b");
    await move(root, "link", "b/link");
    expect(await readlink(root.disk("b/link"))).toBe(root.outside);
    expect(await readdir(root.disk("b"))).toEqual(["file", "link"]);
  });

  test("requires overwrite to replace, and never replaces a folder that is not empty", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("one", "1");
    await root.put("two", "2");
    await root.put("full/file", "");
    await mkdir(root.disk("empty"));
    await mkdir(root.disk("folder"));
    await expect(move(root, "one", "two")).rejects.toMatchObject(problem("already_exists"));
    await expect(move(root, "one", "empty", true)).rejects.toMatchObject(problem("already_exists"));
    await expect(move(root, "folder", "full", true)).rejects.toMatchObject(problem("not_empty"));
    await expect(move(root, "folder", "folder/below")).rejects.toMatchObject(problem("invalid_input"));
    await expect(move(root, "/", "x")).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(move(root, "missing", "x")).rejects.toMatchObject(problem("not_found"));
    await move(root, "one", "two", true);
    await move(root, "folder", "empty", true);
    expect(await root.read("two")).toBe("1");
    expect((await readdir(root.root.path)).sort()).toEqual(["empty", "full", "two"]);
  });

  test("one hard link onto another of the same file leaves one", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("one", "1");
    await link(root.disk("one"), root.disk("two"));
    await move(root, "one", "two", true);
    expect(await readdir(root.root.path)).toEqual(["two"]);
    expect(await root.read("two")).toBe("1");
  });

  test("a name onto itself changes nothing", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("one", "1");
    await move(root, "one", "one", true);
    await move(root, "one", "one");
    expect(await root.read("one")).toBe("1");
  });
});

describe("deleting", () => {
  test("removes links but not their targets, and names of any bytes", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("tree/deep/file", "");
    await symlink(root.outside, root.disk("tree/out"));
    const raw = Buffer.concat([Buffer.from(root.disk("tree/")), Buffer.from([0xff])]);
    await mkdir(raw);
    await writeFile(Buffer.concat([raw, Buffer.from([0x2f, 0xfe])]), "");
    await symlink(root.outside, root.disk("link"));

    await expect(remove(root, "tree")).rejects.toMatchObject(problem("not_empty"));
    await remove(root, "tree", true);
    await remove(root, "link", true);
    await expect(remove(root, "/", true)).rejects.toMatchObject(problem("path_not_allowed"));

    expect(await readdir(root.root.path)).toEqual([]);
    expect(await readFile(join(root.outside, "secret"), "utf8")).toBe("outside");
  });
});

test("usage counts a file with two names once and follows no link", async () => {
  await using root = await TemporaryRoot.make();
  await root.put("file", Buffer.alloc(1_000_000, 1));
  await link(root.disk("file"), root.disk("second"));
  await writeFile(join(root.outside, "large"), Buffer.alloc(3_000_000, 1));
  await symlink(root.outside, root.disk("out"));
  const { sizeBytes, complete } = await measureUsage([root.root], new AbortController().signal);
  expect(complete).toBe(true);
  expect(sizeBytes).toBeGreaterThanOrEqual(1_000_000);
  expect(sizeBytes).toBeLessThan(1_500_000);
});
