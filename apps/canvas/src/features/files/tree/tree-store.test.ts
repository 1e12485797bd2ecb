import type { FileEntry, FileListing } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { type Row, TreeStore } from "./tree-store.ts";

const entry = (name: string, kind: FileEntry["kind"] = "file"): FileEntry => ({
  name,
  kind,
  size: 1,
  modifiedAt: null,
  mode: null,
  linkTarget: null,
  error: null,
});

/** Folders by path; each is listed in pages of `pageSize`. */
function treeOf(folders: Record<string, FileEntry[] | Error>, pageSize = 100) {
  const asked: string[] = [];
  const store = new TreeStore(async (path, cursor): Promise<FileListing> => {
    asked.push(`${path} ${cursor ?? "0"}`);
    const folder = folders[path];
    if (!folder || folder instanceof Error) throw folder ?? new Error(`no folder ${path}`);
    const from = Number(cursor ?? 0);
    const next = from + pageSize < folder.length ? String(from + pageSize) : null;
    return { entries: folder.slice(from, from + pageSize), nextCursor: next, total: folder.length };
  });
  return { store, asked, folders };
}

const drawn = (rows: readonly Row[]) =>
  rows.map((row) => `${"  ".repeat(row.depth)}${row.kind === "entry" ? row.entry.name : `<${row.kind}>`}`);

describe("the file tree", () => {
  test("loads a folder when it expands, folders first", async () => {
    const { store, asked } = treeOf({ "/": [entry("a.txt"), entry("src", "directory")], "/src": [entry("main.ts")] });
    expect(drawn(store.rows())).toEqual(["<loading>"]);
    await store.expand("/");
    expect(drawn(store.rows())).toEqual(["src", "a.txt"]);
    await store.expand("/src");
    expect(drawn(store.rows())).toEqual(["src", "  main.ts", "a.txt"]);
    store.collapse("/src");
    await store.expand("/src");
    expect(asked).toEqual(["/ 0", "/src 0"]);
  });

  test("ignores a stale directory listing", async () => {
    const responses: ((entries: FileEntry[]) => void)[] = [];
    const store = new TreeStore(async () => {
      const { promise, resolve } = Promise.withResolvers<FileEntry[]>();
      responses.push(resolve);
      const entries = await promise;
      return { entries, nextCursor: null, total: entries.length };
    });
    const first = store.expand("/");
    responses[0]?.([entry("a"), entry("b")]);
    await first;
    const [older, newer] = [store.reload("/"), store.reload("/")];
    responses[2]?.([entry("a")]);
    await newer;
    responses[1]?.([entry("a"), entry("b")]);
    await older;
    expect(drawn(store.rows())).toEqual(["a"]);
  });

  test("selects the next entry of the folder after a removal, else the row before", async () => {
    const { store } = treeOf({ "/": [entry("a"), entry("b"), entry("src", "directory")], "/src": [entry("x")] });
    await store.expand("/");
    await store.expand("/src");
    expect(drawn(store.rows())).toEqual(["src", "  x", "a", "b"]);
    expect(["/src", "/a", "/b", "/src/x", "/gone/y"].map((path) => store.neighbourOf(path))).toEqual([
      ...["/a", "/b", "/a", "/src", "/gone"],
    ]);
  });

  test("loads a large folder page by page, and each page once", async () => {
    const many = Array.from({ length: 250 }, (_, at) => entry(`f${at}`));
    const { store, asked } = treeOf({ "/": many });
    await store.expand("/");
    expect(store.rows()).toHaveLength(101);
    expect(store.rows().at(-1)).toEqual({ kind: "more", path: "/", depth: 0, remaining: 150 });
    await Promise.all([store.loadMore("/"), store.loadMore("/")]);
    await store.loadMore("/");
    expect(store.rows()).toHaveLength(250);
    await store.loadMore("/");
    expect(asked).toEqual(["/ 0", "/ 100", "/ 200"]);
  });

  test("reloads as far as before, and shows new entries", async () => {
    const many = Array.from({ length: 150 }, (_, at) => entry(`f${at}`));
    const { store, folders } = treeOf({ "/": many });
    await store.expand("/");
    await store.loadMore("/");
    folders["/"] = [entry("new"), ...many];
    await store.reload("/");
    expect(store.rows()).toHaveLength(151);
    expect(drawn(store.rows())[0]).toBe("new");
  });

  test("distinguishes an empty folder from a failed one, and retries", async () => {
    const { store, folders } = treeOf({ "/": [entry("bad", "directory"), entry("none", "directory")], "/none": [] });
    folders["/bad"] = new Error("no");
    await store.expand("/");
    await Promise.all([store.expand("/bad"), store.expand("/none")]);
    expect(drawn(store.rows())).toEqual(["bad", "  <failed>", "none", "  <empty>"]);
    folders["/bad"] = [entry("x")];
    await store.reload("/bad");
    expect(drawn(store.rows())).toEqual(["bad", "  x", "none", "  <empty>"]);
  });

  test("forgets a deleted folder with its contents", async () => {
    const { store } = treeOf({ "/": [entry("a", "directory")], "/a": [entry("b", "directory")], "/a/b": [entry("c")] });
    await store.reveal("/a/b/c");
    expect(drawn(store.rows())).toEqual(["a", "  b", "    c"]);
    store.forget("/a");
    expect(drawn(store.rows())).toEqual(["<empty>"]);
    expect(store.isExpanded("/a/b")).toBe(false);
    expect(store.isExpanded("/")).toBe(true);
  });

  test("lists the visible folders", async () => {
    const { store } = treeOf({ "/": [entry("a", "directory")], "/a": [entry("b", "directory")], "/a/b": [] });
    await store.reveal("/a/b/c");
    expect(store.shownFolders(10)).toEqual(["/", "/a", "/a/b"]);
    expect(store.shownFolders(2)).toEqual(["/", "/a"]);
    store.collapse("/a");
    expect(store.shownFolders(10)).toEqual(["/"]);
    expect(store.isRead("/a/b")).toBe(true);
  });

  test("keeps the same rows array until something changes", async () => {
    const { store } = treeOf({ "/": [entry("a")] });
    await store.expand("/");
    expect(store.rows()).toBe(store.rows());
  });
});
