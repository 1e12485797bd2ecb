import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { makeDeep } from "@berth/daemon/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeTrees } from "./remove-trees.ts";

const isRoot = process.getuid?.() === 0;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "berth-removal-"));
});
afterEach(() => removeTrees([folder]));

async function makeFiles(folder: string, count: number): Promise<void> {
  await mkdir(folder);
  await promisify(execFile)("sh", ["-c", 'cd "$1" && seq "$2" | xargs touch', "sh", folder, String(count)]);
}

/** Whether this file system and this user support the flags of `chattr`. */
function canFlag(file: string): boolean {
  try {
    execFileSync("chattr", ["+i", file], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("removing trees", () => {
  test.each([
    ["a path of 5,000 characters", "n".repeat(100), 50],
    ["3,000 nested folders", "x", 3000],
  ])("removes %s", async (_what, name, depth) => {
    const tree = path.join(folder, "tree");
    await makeDeep(tree, name, depth);
    await removeTrees([tree]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("removes links without following them, undecodable names and folders without access", async () => {
    const tree = path.join(folder, "tree");
    await mkdir(path.join(tree, "closed"), { recursive: true });
    await mkdir(path.join(folder, "kept"));
    await writeFile(path.join(folder, "kept/file"), "x");
    await symlink(path.join(folder, "kept"), path.join(tree, "link"));
    await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0x0a, 0xe9])]), "x");
    await writeFile(path.join(tree, "closed/file"), "x");
    await chmod(path.join(tree, "closed"), 0o000);
    await removeTrees([tree, path.join(folder, "-absent")]);
    expect(await readdir(folder)).toEqual(["kept"]);
    expect(await readdir(path.join(folder, "kept"))).toEqual(["file"]);
  });

  test("reports its progress, and continues after an abort", async () => {
    const tree = path.join(folder, "tree");
    await makeFiles(tree, 2000);
    const ending = new AbortController();
    ending.abort(new Error("ended"));
    await expect(removeTrees([tree], { signal: ending.signal })).rejects.toThrow();
    expect((await readdir(tree)).length).toBeGreaterThan(0);
    const counts: number[] = [];
    await removeTrees([tree], { progress: (count) => counts.push(count) });
    expect(await readdir(folder)).toEqual([]);
    expect(counts.at(-1)).toBe(2001);
  });
});

describe("an obstacle to removal by root", () => {
  beforeEach(({ skip }) => skip(!isRoot || process.platform !== "linux", "only root on Linux sets flags and mounts"));

  test("is cleared when it is a file flag", async ({ skip }) => {
    const tree = path.join(folder, "tree");
    await mkdir(path.join(tree, "frozen"), { recursive: true });
    await writeFile(path.join(tree, "frozen/file"), "x");
    if (!canFlag(path.join(tree, "frozen/file"))) return skip("this file system has no flags");
    execFileSync("chattr", ["+i", path.join(tree, "frozen")]);
    await removeTrees([tree]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("is named with a remedy when it is a mount, which stays untouched", async ({ skip }) => {
    const tree = path.join(folder, "tree");
    const mounted = path.join(tree, "mounted");
    await mkdir(mounted, { recursive: true });
    await writeFile(path.join(tree, "file"), "x");
    try {
      execFileSync("mount", ["-t", "tmpfs", "tmpfs", mounted], { stdio: "ignore" });
    } catch {
      return skip("this machine does not let us mount");
    }
    try {
      await writeFile(path.join(mounted, "foreign"), "x");
      const removed = removeTrees([tree]);
      await expect(removed).rejects.toMatchObject({ problem: { code: "backend_unavailable", retryable: true } });
      await expect(removed).rejects.toThrow(/\.\/mounted.*unmount/);
      await expect(removed).rejects.not.toThrow(folder);
      expect(await readdir(mounted)).toEqual(["foreign"]);
      expect(await readdir(tree)).toEqual(["mounted"]);
    } finally {
      execFileSync("umount", [mounted]);
    }
  });
});

test("a removal uses none of this process's file system threads", async () => {
  const tree = path.join(folder, "tree");
  await makeFiles(tree, 2000);
  let fileCalls = 0;
  const counting = setInterval(() => {
    fileCalls = Math.max(fileCalls, process.getActiveResourcesInfo().filter((each) => each.startsWith("FSReq")).length);
  });
  await removeTrees([tree]).finally(() => clearInterval(counting));
  expect(fileCalls).toBe(0);
});
