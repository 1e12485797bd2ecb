import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeDirectory } from "./directories.ts";
import { OpenFile, read } from "./fs-calls.ts";
import { Lister } from "./list.ts";
import { openForReading, statFile } from "./read-file.ts";
import { openFolder } from "./resolve.ts";
import { problem, TemporaryRoot } from "./testing/temporary-root.ts";

async function contentOf(root: TemporaryRoot, path: string): Promise<string> {
  using file = await openForReading(root.root, root.path(path));
  const buffer = Buffer.alloc(file.size);
  await read(file.fd, buffer, buffer.length, 0);
  return buffer.toString();
}

const list = (root: TemporaryRoot, path: string) =>
  new Lister().list(root.root, root.path(path), { limit: 100, cursor: null, sort: "name", order: "asc" });

describe("links inside a root", () => {
  test.each([
    ["relative", "target"],
    ["through its own folder", "./sub/../target"],
    ["absolute, by the public name", "/workspace/target"],
  ])("are followed: %s", async (_how, target) => {
    await using root = await TemporaryRoot.make();
    await root.put("target", "inside");
    await mkdir(root.disk("sub"));
    await symlink(target, root.disk("link"));
    expect(await contentOf(root, "link")).toBe("inside");
  });

  test("are followed when absolute, relative to the root's path, and through folders", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("a/b/file", "inside");
    await symlink(root.disk("a"), root.disk("absolute"));
    await symlink("../a/b/..", root.disk("a/up"));
    await symlink("absolute/up/b", root.disk("chain"));
    expect(await contentOf(root, "chain/file")).toBe("inside");
    expect((await list(root, "chain")).entries.map(({ name }) => name)).toEqual(["file"]);
    await root.write("chain/new", "written");
    expect(await root.read("a/b/new")).toBe("written");
  });

  test("to the root itself resolve to the root", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("file", "inside");
    await symlink("/workspace", root.disk("self"));
    await mkdir(root.disk("sub"));
    await symlink("..", root.disk("sub/up"));
    expect(await contentOf(root, "self/sub/up/file")).toBe("inside");
  });

  test("can be written through when dangling, and stay links", async () => {
    await using root = await TemporaryRoot.make();
    await symlink("later", root.disk("link"));
    await root.write("link", "now");
    expect(await root.read("later")).toBe("now");
    expect((await stat(root.disk("link"))).isFile()).toBe(true);
  });
});

describe("links that leave the root", () => {
  test.each([
    ["absolute to a file", "<outside>/secret", "link"],
    ["absolute to a folder", "<outside>", "link/secret"],
    ["relative", "../outside/secret", "link"],
    ["relative to a folder", "../outside", "link/secret"],
    ["through a folder and back up", "sub/../../outside/secret", "link"],
    ["to a path that starts with a root's name", "/workspace-2/x", "link"],
    ["to the reserved folder", ".berth-daemon/uploads", "link/x"],
    ["to another root", "/configs/x", "link"],
    ["to themselves", "link", "link"],
    ["to the file system's root", "/", "link/etc/passwd"],
    ["to the process's own files", "/proc/self/environ", "link"],
  ])("are rejected: %s", async (_how, target, path) => {
    await using root = await TemporaryRoot.make();
    await mkdir(root.disk("sub"));
    await mkdir(root.disk(".berth-daemon/uploads"), { recursive: true });
    await symlink(target.replace("<outside>", root.outside), root.disk("link"));
    await expect(contentOf(root, path)).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(root.write(path, "attack")).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(openFolder(root.root, root.path(path))).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(makeDirectory(root.root, root.path(`${path}/made`), { parents: true })).rejects.toMatchObject(
      problem("path_not_allowed"),
    );
    expect(await readdir(root.outside)).toEqual(["secret"]);
    expect(await readFile(join(root.outside, "secret"), "utf8")).toBe("outside");
  });

  test("are rejected after forty, as in Linux", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("link-0", "end");
    for (let link = 1; link <= 41; link += 1) await symlink(`link-${link - 1}`, root.disk(`link-${link}`));
    expect(await contentOf(root, "link-40")).toBe("end");
    await expect(contentOf(root, "link-41")).rejects.toMatchObject(problem("path_not_allowed"));
  });

  test("are rejected when their target is not UTF-8, and shown with its bytes", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("caf\ufffd", "another file");
    await symlink(Buffer.from("caf\u00e9", "latin1"), root.disk("link"));
    await expect(contentOf(root, "link")).rejects.toMatchObject(problem("path_not_allowed"));
    await expect(root.write("link", "x")).rejects.toMatchObject(problem("path_not_allowed"));
    expect(await root.read("caf\ufffd")).toBe("another file");
    expect((await statFile(root.root, root.path("link"))).linkTarget).toBe("caf\\xe9");
    expect((await list(root, "/")).entries.find(({ name }) => name === "link")?.linkTarget).toBe("caf\\xe9");
  });

  test("with the reserved name are left alone, and nothing is written through them", async () => {
    await using root = await TemporaryRoot.make();
    await symlink(root.outside, root.disk(".berth-daemon"));
    await root.write("file", "inside");
    expect(await root.read("file")).toBe("inside");
    expect(await readdir(root.outside)).toEqual(["secret"]);
  });
});

/** Swaps a name between a folder (or file) inside and a link to the outside, as fast as possible. */
const SWAPPER = `
const fs = require("node:fs");
const [root, outside, kind] = process.argv.slice(1);
const real = root + "/real", link = root + "/link", name = root + "/swapped";
fs.symlinkSync(kind === "folder" ? outside : outside + "/secret", link);
if (kind === "folder") fs.mkdirSync(real);
fs.writeFileSync(kind === "folder" ? real + "/secret" : real, "inside");
console.log("ready");
for (;;) {
  fs.renameSync(real, name); fs.renameSync(name, real);
  fs.renameSync(link, name); fs.renameSync(name, link);
}`;

describe("a name that is replaced by a link while it is used", () => {
  test.each([
    ["folder", "swapped/secret", "swapped/new"],
    ["file", "swapped", "swapped"],
  ])("never leaves the root: a %s", async (kind, readPath, writePath) => {
    await using root = await TemporaryRoot.make();
    const swapper = spawn(process.execPath, ["-e", SWAPPER, root.root.path, root.outside, kind], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(swapper, "exit");
    try {
      await once(swapper.stdout, "data");
      const reads = new Set<string>();
      for (let round = 0; round < 600; round += 1) {
        reads.add(await contentOf(root, readPath).catch((error) => error.problem?.code ?? String(error)));
        if (round % 3 === 0) await root.write(writePath, "inside", { createParents: false }).catch(() => {});
        if (round % 3 === 1)
          await makeDirectory(root.root, root.path(`${writePath}-d${round}`), { parents: false }).catch(() => {});
      }
      const allowed = ["inside", "not_found", "path_not_allowed", "invalid_input"];
      expect([...reads].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
      expect(reads.size).toBeGreaterThan(1);
    } finally {
      swapper.kill("SIGKILL");
      await exited;
    }
    expect(await readdir(root.outside)).toEqual(["secret"]);
    expect(await readFile(join(root.outside, "secret"), "utf8")).toBe("outside");
  });
});

test("opening a name never follows it, however late it became a link", async () => {
  await using root = await TemporaryRoot.make();
  await symlink(join(root.outside, "secret"), root.disk("file"));
  await symlink(root.outside, root.disk("folder"));
  using directory = await root.root.open();
  await expect(OpenFile.open(directory.child("file"), constants.O_RDONLY)).rejects.toMatchObject({ code: "ELOOP" });
  await expect(OpenFile.open(directory.child("file"), constants.O_WRONLY)).rejects.toMatchObject({ code: "ELOOP" });
  await expect(directory.openChild("folder")).rejects.toMatchObject({ code: "ENOTDIR" });
});

test("no descriptor stays open", async () => {
  await using root = await TemporaryRoot.make();
  await root.put("a/b/c/file", "x");
  await symlink("a/b", root.disk("link"));
  const count = async () => (await readdir("/proc/self/fd")).length;
  const before = await count();
  for (let round = 0; round < 50; round += 1) {
    await contentOf(root, "link/c/file");
    await contentOf(root, "link/missing/file").catch(() => {});
    await list(root, "a/b");
    await root.write("link/c/other", "y");
  }
  expect(await count()).toBeLessThanOrEqual(before + 1);
});
