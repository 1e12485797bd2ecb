import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { FileEntry, FileListing } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { DirectoryNamesCache } from "./directory-names.ts";
import { Lister, type ListOptions } from "./list.ts";
import { problem, TemporaryRoot } from "./testing/temporary-root.ts";

const FIRST: ListOptions = { limit: 100, cursor: null, sort: "name", order: "asc" };

async function allPages(root: TemporaryRoot, options: Partial<ListOptions>, between?: (page: number) => Promise<void>) {
  const lister = new Lister();
  const entries: FileEntry[] = [];
  let cursor: string | null = null;
  for (let page = 0; ; page += 1) {
    const listing: FileListing = await lister.list(root.root, root.path("/"), { ...FIRST, ...options, cursor });
    entries.push(...listing.entries);
    cursor = listing.nextCursor;
    if (cursor === null) return { entries, pages: page + 1, total: listing.total };
    await between?.(page);
  }
}
const names = (entries: readonly FileEntry[]) => entries.map(({ name }) => name);

describe("a listing", () => {
  test("of 100,000 entries is complete, sorted and free of duplicates across pages", async () => {
    await using root = await TemporaryRoot.make();
    const expected = Array.from({ length: 100_000 }, (_, index) => `entry-${(index * 7919) % 100_000}`);
    for (const name of expected) closeSync(openSync(root.disk(name), "w"));
    const { entries, total, pages } = await allPages(root, { limit: 1000 });
    expect(total).toBe(100_000);
    expect(pages).toBe(100);
    expect(names(entries)).toEqual(expected.sort());
  });

  test.each(["name", "size", "modified"] as const)(
    "by %s is the same in both orders, also with equal values",
    async (sort) => {
      await using root = await TemporaryRoot.make();
      for (let index = 0; index < 57; index += 1) {
        await root.put(`file-${index}`, "x".repeat(index % 5));
        await utimes(root.disk(`file-${index}`), 1000, 1000 + (index % 3));
      }
      const ascending = (await allPages(root, { sort, limit: 10 })).entries;
      const descending = (await allPages(root, { sort, limit: 10, order: "desc" })).entries;
      expect(new Set(names(ascending)).size).toBe(57);
      expect(names(descending)).toEqual(names(ascending).reverse());
      const value = {
        name: (e: FileEntry) => e.name,
        size: (e: FileEntry) => e.size ?? 0,
        modified: (e: FileEntry) => e.modifiedAt ?? "",
      }[sort];
      for (const [index, entry] of ascending.slice(1).entries())
        expect(value(entry) >= value(ascending[index] as FileEntry)).toBe(true);
    },
  );

  test("continues at its position when entries change between pages", async () => {
    await using root = await TemporaryRoot.make();
    for (let index = 0; index < 100; index += 1) await root.put(`file-${String(index).padStart(3, "0")}`);
    const { entries } = await allPages(root, { limit: 10 }, async (page) => {
      await rm(root.disk(`file-0${page}9`));
      await root.put(`file-0${page}0-new`);
    });
    const seen = names(entries);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual([...seen].sort());
    // Entries that existed all the time are never omitted.
    const kept = Array.from({ length: 100 }, (_, index) => `file-${String(index).padStart(3, "0")}`).filter(
      (name) => !/9$/.test(name),
    );
    expect(kept.filter((name) => !seen.includes(name))).toEqual([]);
  });

  test("returns odd names unchanged", async () => {
    await using root = await TemporaryRoot.make();
    const odd = [
      "new\nline",
      "quo\"te's",
      "-dash",
      "😀",
      "ünï",
      "x".repeat(255),
      "  spaces ",
      "back\\slash",
      "*",
      "%2e%2e",
      "a\tb",
    ];
    for (const name of odd) await root.put(name, name);
    const { entries } = await allPages(root, {});
    expect(names(entries)).toEqual([...odd].sort());
    for (const name of odd) expect((await root.write(name, "rewritten")).path).toBe(`/${name}`);
  });

  test("lists each name that is not UTF-8 once, with an error", async () => {
    await using root = await TemporaryRoot.make();
    const raw = (...bytes: number[]) => Buffer.concat([Buffer.from(`${root.root.path}/`), Buffer.from(bytes)]);
    await writeFile(raw(0x61, 0xff), "");
    await writeFile(raw(0x61, 0xfe), "");
    await root.put("a\uFFFD", "this one is valid");
    const { entries } = await allPages(root, { limit: 1 });
    expect(entries.map(({ name, error, size }) => [name, error === null, size])).toEqual([
      ["a\\xfe", false, null],
      ["a\\xff", false, null],
      ["a\uFFFD", true, 17],
    ]);
  });

  test("reports kinds, links and modes, and hides the reserved folder at the top only", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("file", "12345");
    await chmod(root.disk("file"), 0o640);
    await root.makeScratch();
    await mkdir(root.disk("sub/.berth-daemon"), { recursive: true });
    await symlink("/etc/passwd", root.disk("link"));
    const { entries, total } = await allPages(root, {});
    expect(total).toBe(3);
    expect(entries).toMatchObject([
      { name: "file", kind: "file", size: 5, mode: 0o640, linkTarget: null, error: null },
      { name: "link", kind: "symlink", linkTarget: "/etc/passwd" },
      { name: "sub", kind: "directory" },
    ]);
    const below = await new Lister().list(root.root, root.path("sub"), FIRST);
    expect(names(below.entries)).toEqual([".berth-daemon"]);
  });

  test("rejects files, missing folders and cursors of another listing", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("file");
    await root.put("other");
    const list = (path: string, options: Partial<ListOptions> = {}) =>
      new Lister().list(root.root, root.path(path), { ...FIRST, ...options });
    await expect(list("file")).rejects.toMatchObject(problem("invalid_input"));
    await expect(list("missing")).rejects.toMatchObject(problem("not_found"));
    const { nextCursor } = await list("/", { limit: 1 });
    await expect(list("/", { cursor: nextCursor, order: "desc" })).rejects.toMatchObject(problem("invalid_input"));
  });
});

describe("the cached names of a folder", () => {
  test("are used while it is unchanged, and never right after a change", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("one");
    const cache = new DirectoryNamesCache();
    using directory = await root.root.open();
    const readNames = () => cache.read(directory, { hideReserved: true });

    const fresh = await readNames();
    expect(await readNames()).not.toBe(fresh);
    await delay(150);
    const settled = await readNames();
    expect(await readNames()).toBe(settled);

    await root.put("two");
    expect((await readNames()).names).toEqual(["one", "two"]);
    await root.put("three");
    expect((await readNames()).names).toEqual(["one", "three", "two"]);
  });
});
