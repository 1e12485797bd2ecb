import { readdirSync } from "node:fs";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { LIMITS } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { deleteEntry } from "./delete.ts";
import { makeDirectory } from "./directories.ts";
import { resolvePlace } from "./resolve.ts";
import { makeDeep } from "./testing/deep-folders.ts";
import { problem, TemporaryRoot } from "./testing/temporary-root.ts";
import { walkTree } from "./tree-walk.ts";

/** The deepest path that the API accepts. */
const DEPTH = Math.floor(LIMITS.filePathCharsMax / 2);
const deepest = "a/".repeat(DEPTH).slice(0, -1);

const openDescriptors = () => readdirSync("/proc/self/fd").length;

describe("the deepest allowed path", () => {
  test("is created, written and found in time linear in its length, with few descriptors", async () => {
    await using root = await TemporaryRoot.make();
    const before = openDescriptors();
    let most = 0;
    const counting = setInterval(() => {
      most = Math.max(most, openDescriptors());
    }, 5);
    try {
      await root.write(deepest, "found it");
      await makeDirectory(root.root, root.path(`b/${deepest.slice(2)}`), { parents: true });
    } finally {
      clearInterval(counting);
    }
    // Zero would mean that the count did not work.
    expect(most).toBeGreaterThanOrEqual(before);
    expect(most - before).toBeLessThan(100);
    expect(openDescriptors()).toBeLessThanOrEqual(before + 1);
    using place = await resolvePlace(root.root, root.path(deepest), { links: "follow" });
    expect(place.segments.length).toBe(DEPTH);
  });

  test("is not created further after the caller disconnects", async () => {
    await using root = await TemporaryRoot.make();
    const gone = new AbortController();
    const made = makeDirectory(root.root, root.path(deepest), { parents: true, signal: gone.signal });
    gone.abort();
    await expect(made).rejects.toThrow(/abort/i);
    await expect(resolvePlace(root.root, root.path(deepest), { links: "follow" })).rejects.toMatchObject(
      problem("not_found"),
    );
  });
});

test("a walk through a tree deeper than any path keeps few folders open", { timeout: 120_000 }, async () => {
  await using root = await TemporaryRoot.make();
  await makeDeep(root.disk("deep"), "folder", 1000);
  const before = openDescriptors();
  let [most, visits] = [0, 0];
  {
    using top = await root.root.open();
    for await (const _visit of walkTree(top, { hideReserved: true })) {
      most = Math.max(most, openDescriptors());
      visits += 1;
    }
  }
  // The top folder, the nested folders and the file in the last one.
  expect(visits).toBe(1002);
  expect(most - before).toBeLessThan(200);
  expect(openDescriptors()).toBeLessThanOrEqual(before + 1);
  await deleteEntry(root.root, root.path("deep"), { recursive: true });
});

test("a link can lead up by more folders than are kept open", async () => {
  await using root = await TemporaryRoot.make();
  const names = Array.from({ length: 150 }, (_, depth) => `d${depth}`);
  await mkdir(root.disk(names.join("/")), { recursive: true });
  await root.put("d0/d1/target", "found it");
  const up = "../".repeat(names.length - 2);
  await symlink(`${up}target`, root.disk(`${names.join("/")}/link`));
  using place = await resolvePlace(root.root, root.path(`${names.join("/")}/link`), { links: "follow" });
  expect(place.segments).toEqual(["d0", "d1", "target"]);
  await symlink(`${up}../../../secret`, root.disk(`${names.join("/")}/out`));
  await expect(resolvePlace(root.root, root.path(`${names.join("/")}/out`), { links: "follow" })).rejects.toMatchObject(
    problem("path_not_allowed"),
  );
});

test("folders are created through a link inside the root, and never outside", async () => {
  await using root = await TemporaryRoot.make();
  await root.put("real/kept", "x");
  await symlink("real", root.disk("link"));
  await symlink("not/there/yet", root.disk("dangling"));
  await symlink(root.outside, root.disk("out"));
  await root.write("link/new/file", "1");
  await root.write("dangling/file", "2");
  await expect(root.write("out/new/file", "3")).rejects.toMatchObject(problem("path_not_allowed"));
  await expect(root.write("real/kept/file", "4")).rejects.toMatchObject(problem("invalid_input"));
  expect([await root.read("real/new/file"), await root.read("not/there/yet/file")]).toEqual(["1", "2"]);
  expect(await readdir(root.outside)).toEqual(["secret"]);
});
