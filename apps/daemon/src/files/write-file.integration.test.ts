import { execFileSync } from "node:child_process";
import { chmod, chown, link, readdir, stat, truncate } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { copyAttributes } from "./attributes.ts";
import { TemporaryRoot } from "./testing/temporary-root.ts";

const setAttribute = (file: string, name: string, value: string) =>
  execFileSync("setfattr", ["-n", name, "-v", value, file]);
const attributesOf = (file: string) =>
  execFileSync("getfattr", ["-d", "-m", "-", "--absolute-names", file]).toString().split("\n").filter(Boolean).slice(1);

const hasAttributeTools = (() => {
  try {
    execFileSync("setfattr", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();

const NO_ATTRIBUTE_TOOLS = "setfattr and getfattr are not installed (package attr)";

describe("a written file keeps the metadata of the file it replaces", () => {
  test("its extended attributes", async ({ skip }) => {
    skip(!hasAttributeTools, NO_ATTRIBUTE_TOOLS);
    await using root = await TemporaryRoot.make();
    await root.put("file", "old");
    setAttribute(root.disk("file"), "user.comment", "hello");
    setAttribute(root.disk("file"), "user.bytes", "0x00ff80");
    await root.write("file", "new");
    expect(await root.read("file")).toBe("new");
    expect(attributesOf(root.disk("file"))).toEqual(["user.bytes=0sAP+A", 'user.comment="hello"']);
  });

  test("its owner and mode", async ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root gives files away");
    await using root = await TemporaryRoot.make();
    await root.put("file", "old");
    await chown(root.disk("file"), 1234, 2345);
    await chmod(root.disk("file"), 0o4751);
    await root.write("file", "new");
    const { uid, gid, mode } = await stat(root.disk("file"));
    expect([uid, gid, mode & 0o7777]).toEqual([1234, 2345, 0o4751]);
  });

  test.each([
    ["longer", "a much longer text than before"],
    ["shorter", "x"],
    ["empty", ""],
  ])("all its names, when the new content is %s", async (_how, content) => {
    await using root = await TemporaryRoot.make();
    await root.put("a", "what was there");
    await link(root.disk("a"), root.disk("b"));
    const { etag, size } = await root.write("a", content);
    expect([await root.read("a"), await root.read("b"), size]).toEqual([content, content, content.length]);
    expect((await stat(root.disk("a"))).nlink).toBe(2);
    expect((await readdir(root.root.path)).sort()).toEqual(["a", "b"]);
    const again = root.write("b", "second", { ifMatch: etag });
    await expect(again).resolves.toMatchObject({ path: "/b" });
    expect(await root.read("a")).toBe("second");
  });

  test("a write to a sparse file with two names changes both", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("a", "start");
    await truncate(root.disk("a"), 64 * 1024);
    await link(root.disk("a"), root.disk("b"));
    await root.write("a", "y".repeat(64 * 1024));
    expect(await root.read("b")).toBe("y".repeat(64 * 1024));
  });
});

test("copying attributes of a file without any succeeds on every file system", async () => {
  await using root = await TemporaryRoot.make();
  await root.put("file", "x");
  expect(copyAttributes(root.disk("file"), "/proc/version")).toEqual([]);
});

test("attributes that a file system does not support are named", async ({ skip }) => {
  skip(!hasAttributeTools, NO_ATTRIBUTE_TOOLS);
  await using root = await TemporaryRoot.make();
  await root.put("file", "x");
  setAttribute(root.disk("file"), "user.comment", "hello");
  expect(copyAttributes(root.disk("file"), "/proc/version")).toEqual(["user.comment"]);
});
