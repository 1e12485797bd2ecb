import { execFile, execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { deleteEntry } from "./delete.ts";
import { makeDeep } from "./testing/deep-folders.ts";
import { problem, TemporaryRoot } from "./testing/temporary-root.ts";

const isRoot = process.getuid?.() === 0;
const remove = (root: TemporaryRoot, path: string) => deleteEntry(root.root, root.path(path), { recursive: true });

describe("deleting a folder", () => {
  test.each([
    ["a path of 5,000 characters", "n".repeat(100), 50],
    ["3,000 nested folders", "x", 3000],
  ])("handles %s with few descriptors", async (_what, name, depth) => {
    await using root = await TemporaryRoot.make();
    await makeDeep(root.disk("tree"), name, depth);
    const before = readdirSync("/proc/self/fd").length;
    let most = 0;
    const counting = setInterval(() => {
      most = Math.max(most, readdirSync("/proc/self/fd").length);
    }, 5);
    await remove(root, "tree").finally(() => clearInterval(counting));
    expect(await readdir(root.root.path)).toEqual([]);
    expect(most - before).toBeLessThan(250);
    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before + 1);
  });

  test("removes names that are not UTF-8 at any depth, and links without their targets", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("kept/file", "x");
    await mkdir(root.disk("tree"));
    const foreign = Buffer.concat([Buffer.from(`${root.disk("tree")}/`), Buffer.from([0xff, 0x0a, 0xe9])]);
    await mkdir(foreign);
    await symlink(root.disk("kept"), Buffer.concat([foreign, Buffer.from("/link")]));
    await writeFile(Buffer.concat([foreign, Buffer.from([0x2f, 0xe9])]), "x");
    await remove(root, "tree");
    expect(await readdir(root.root.path)).toEqual(["kept"]);
    expect(await readdir(root.disk("kept"))).toEqual(["file"]);
  });

  test("uses one thread of the pool for any number of files", async () => {
    await using root = await TemporaryRoot.make();
    await mkdir(root.disk("tree"));
    await promisify(execFile)("sh", ["-c", 'cd "$1" && seq 2000 | xargs touch', "sh", root.disk("tree")]);
    let atOnce = 0;
    const counting = setInterval(() => {
      atOnce = Math.max(atOnce, process.getActiveResourcesInfo().filter((each) => each.startsWith("FSReq")).length);
    });
    await remove(root, "tree").finally(() => clearInterval(counting));
    expect(atOnce).toBeLessThanOrEqual(1);
    expect(await readdir(root.root.path)).toEqual([]);
  });

  test("names immutable files with the remedy, and deletes the rest", async ({ skip }) => {
    skip(!isRoot, "only root sets flags");
    await using root = await TemporaryRoot.make();
    await root.put("tree/a/frozen", "x");
    await root.put("tree/b/other", "x");
    try {
      execFileSync("chattr", ["+i", root.disk("tree/a/frozen")], { stdio: "ignore" });
    } catch {
      return skip("this file system has no flags");
    }
    try {
      const removed = remove(root, "tree");
      await expect(removed).rejects.toMatchObject(problem("forbidden"));
      await expect(removed).rejects.toThrow(/\/tree\/a\/frozen: .*chattr -i -a/);
      await expect(removed).rejects.toMatchObject({ problem: { details: { count: 1 } } });
      expect(await readdir(root.disk("tree"))).toEqual(["a"]);
    } finally {
      execFileSync("chattr", ["-i", root.disk("tree/a/frozen")]);
    }
    await remove(root, "tree");
    expect(await readdir(root.root.path)).toEqual([]);
  });

  test("names a folder whose permissions forbid the deletion", async ({ skip }) => {
    skip(isRoot, "no permission forbids root anything");
    await using root = await TemporaryRoot.make();
    await root.put("tree/closed/file", "x");
    await chmod(root.disk("tree/closed"), 0o500);
    const removed = remove(root, "tree");
    await expect(removed).rejects.toThrow(/\/tree\/closed\/file: .*chmod u\+rwx/);
    await chmod(root.disk("tree/closed"), 0o700);
  });
});
