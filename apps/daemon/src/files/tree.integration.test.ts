import {
  chmod,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { copyEntry } from "./copy.ts";
import { deleteEntry } from "./delete.ts";
import { removeLeftovers } from "./leftovers.ts";
import { moveEntry } from "./move.ts";
import { type SearchOptions, search } from "./search.ts";
import { makeDeep, problem, TemporaryRoot } from "./testing/temporary-root.ts";
import { walkTree } from "./tree-walk.ts";
import { measureUsage } from "./usage.ts";

const move = (root: TemporaryRoot, from: string, to: string, overwrite = false) =>
  moveEntry(root.root, root.path(from), root.path(to), { overwrite });
const copy = (root: TemporaryRoot, from: string, to: string, overwrite = false) =>
  copyEntry(root.root, root.path(from), root.path(to), { overwrite });
const remove = (root: TemporaryRoot, path: string, recursive = false) =>
  deleteEntry(root.root, root.path(path), { recursive });

describe("copying", () => {
  test("keeps modes, times and links, and leaves nothing of its own behind", async () => {
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

  test("of a folder into itself ends, and of a file over another asks first", async () => {
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

  test("stops when nobody waits for it, and leaves nothing half-made", async () => {
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
  test("moves files, folders and links themselves", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("a/file", "1");
    await symlink(root.outside, root.disk("link"));
    await move(root, "a", "b");
    await move(root, "link", "b/link");
    expect(await readlink(root.disk("b/link"))).toBe(root.outside);
    expect(await readdir(root.disk("b"))).toEqual(["file", "link"]);
  });

  test("asks before it replaces, and never replaces a full folder", async () => {
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

  test("one name of a file onto another leaves one", async () => {
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
  test("takes links and not what they lead to, and names of any bytes", async () => {
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

describe("searching", () => {
  async function found(root: TemporaryRoot, options: Partial<SearchOptions>) {
    const matches = search(root.root, root.path("/"), {
      name: null,
      content: null,
      ignoreCase: false,
      limit: 100,
      signal: new AbortController().signal,
      ...options,
    });
    const found: [string, number | null, string | null][] = [];
    for await (const { path, line, text } of matches) found.push([path, line, text]);
    return found;
  }

  test("without regard to case, names and lines are found as Unicode knows them", async () => {
    await using root = await TemporaryRoot.make();
    const lines = Array.from({ length: 40_000 }, (_, line) => `line ${line}`);
    await root.put("README.md", `Größe\n${lines.join("\n")}\nGRÖSSE und GRÖßE\r\n`);
    await root.put("other.txt", "größe");
    const content = "GRÖßE";
    expect(await found(root, { content, name: "readme.*" })).toEqual([]);
    expect(await found(root, { content, ignoreCase: true, name: "readme.*" })).toEqual([
      ["/README.md", 1, "Größe"],
      ["/README.md", 40_002, "GRÖSSE und GRÖßE"],
    ]);
    expect(await found(root, { name: "Read[L-N]E.MD", ignoreCase: true })).toEqual([["/README.md", null, null]]);
    expect(await found(root, { name: "readme.md" })).toEqual([]);
  });

  test("finds lines with their numbers, whatever the file's size, and skips binaries and links", async () => {
    await using root = await TemporaryRoot.make();
    const lines = Array.from({ length: 100_000 }, (_, line) => `line ${line} ${"x".repeat(line % 90)}`);
    await root.put("large.txt", `${lines.join("\n")}\nlast needle`);
    await root.put("two.txt", "needle needle\r\nnothing\nNeedle\nneedle\n");
    await root.put("binary", "\0needle");
    await root.makeScratch();
    await root.put(".berth-daemon/hidden", "needle");
    await symlink("two.txt", root.disk("link"));
    expect(await found(root, { content: "needle" })).toEqual([
      ["/large.txt", 100_001, "last needle"],
      ["/two.txt", 1, "needle needle"],
      ["/two.txt", 4, "needle"],
    ]);
    expect(await found(root, { content: "line 77777 " })).toEqual([["/large.txt", 77_778, lines[77_777]]]);
    expect(await found(root, { content: "needle", name: "t*" })).toHaveLength(2);
    expect(await found(root, { content: "needle", limit: 1 })).toHaveLength(1);
  });

  test("cuts long lines around the match", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("long", `${"a".repeat(700_000)}needle${"b".repeat(700_000)}`);
    const [match] = await found(root, { content: "needle" });
    expect(match?.[2]).toContain("needle");
    expect(String(match?.[2]).length).toBeLessThanOrEqual(400);
  });

  const LONG = 1 << 20;

  test.each([true, false])(
    "finds a match wherever it lies in a long line, once (ignoreCase: %s)",
    async (ignoreCase) => {
      await using root = await TemporaryRoot.make();
      // Around every place where something may be cut.
      for (const end of [262_144, 524_288, 786_432]) {
        for (let shift = -9; shift <= 9; shift += 2) {
          const line = Buffer.alloc(LONG, "x");
          line.write("NEEDLE", end + shift - 3);
          await root.put("long", Buffer.concat([line, Buffer.from("\nlast NEEDLE")]));
          const matches = await found(root, { content: "NEEDLE", ignoreCase });
          expect(matches.map(([, line]) => line)).toEqual([1, 2]);
          expect(matches[0]?.[2]).toContain("NEEDLE");
        }
      }
    },
  );

  test("finds a line once when it is cut between two matches", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("long", `${"needle ".repeat(400_000)}\nneedle`);
    expect((await found(root, { content: "needle" })).map(([, line]) => line)).toEqual([1, 2]);
  });

  test("reads UTF-16 with a byte order mark, and other zero bytes as binary", async () => {
    await using root = await TemporaryRoot.make();
    const lines = `first\nhell\u00f6 wide \u{1f600}\n${"x".repeat(300_000)}\nHELL\u00d6`;
    const little = Buffer.from(`\ufeff${lines}`, "utf16le");
    await root.put("little", little);
    await root.put("big", Buffer.from(little).swap16());
    await root.put("marked", `\ufeff${lines}`);
    await root.put("unmarked", little.subarray(2));
    await root.put("utf32", Buffer.from([0xff, 0xfe, 0, 0, 0x68, 0, 0, 0]));
    const matches = await found(root, { content: "hell\u00f6", ignoreCase: true });
    expect(matches).toEqual(
      ["/big", "/little", "/marked"].flatMap((path) => [
        [path, 2, "hell\u00f6 wide \u{1f600}"],
        [path, 4, "HELL\u00d6"],
      ]),
    );
    expect(await found(root, { content: "first", name: "marked" })).toEqual([["/marked", 1, "first"]]);
  });

  test("finds names that hold the characters of a pattern", async () => {
    await using root = await TemporaryRoot.make();
    for (const name of ["app/[id].tsx", "app/[...all].tsx", "app/i", "what?", "a*b", "d.tsx"]) await root.put(name);
    const names = async (name: string) => (await found(root, { name, ignoreCase: true })).map(([path]) => path).sort();
    expect(await names("[id].tsx")).toEqual(["/app/[id].tsx", "/d.tsx"]);
    expect(await names("[ID]")).toEqual(["/app/[id].tsx", "/app/i"]);
    expect(await names("app/[id].tsx")).toEqual(["/app/[id].tsx"]);
    expect(await names("[...all].tsx")).toEqual(["/app/[...all].tsx"]);
    expect(await names("a*b")).toEqual(["/a*b"]);
    expect(await names("app")).toEqual(["/app"]);
  });

  test("goes 3,000 folders deep", async () => {
    await using root = await TemporaryRoot.make();
    await makeDeep(root.disk("deep"), "x", 3000);
    const matches = await found(root, { name: "leaf", content: "found it" });
    expect(matches.map(([path, line]) => [path.split("/").length, line])).toEqual([[3003, 1]]);
  });

  test("shows the beginning and the end of a path that nobody could ask for", async () => {
    await using root = await TemporaryRoot.make();
    await makeDeep(root.disk("deep"), "n".repeat(200), 100);
    const [match] = await found(root, { name: "leaf" });
    expect(match?.[0]).toMatch(/^\/deep\/n+.*…n.*\/leaf$/);
    expect(String(match?.[0]).length).toBeLessThanOrEqual(8 * 1024);
  });

  test("by name goes everywhere but through links", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("a/b/file.ts", "");
    await root.put("file.ts", "");
    await symlink("a", root.disk("again"));
    expect(await found(root, { name: "*.ts" })).toEqual([
      ["/a/b/file.ts", null, null],
      ["/file.ts", null, null],
    ]);
    expect(await found(root, { name: "again" })).toEqual([["/again", null, null]]);
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

test("a start removes what an earlier daemon left, and uploads nobody came back for", async () => {
  await using root = await TemporaryRoot.make();
  const long = Date.now() - (LIMITS.abandonedUploadHours + 1) * 3_600_000;
  await root.makeScratch();
  const temporary = "tmp-6fe5bda5-1c0e-4f5c-9b2d-0d7f0c9f4a11";
  const [old, young] = ["7d1f0a52-8f0e-4d5b-9a51-3f1f0b8e2c01", "7d1f0a52-8f0e-4d5b-9a51-3f1f0b8e2c02"];
  await root.put(`.berth-daemon/${temporary}/deep/file`, "");
  await root.put(".berth-daemon/tmp-notes.md", "somebody's");
  await root.put(`.berth-daemon/uploads/${old}`, "");
  await root.put(`.berth-daemon/uploads/${young}`, "");
  await root.put(".berth-daemon/uploads/notes", "somebody's");
  // Change times cannot be set, so the start is moved instead.
  await removeLeftovers([root.root], Date.now() + 1000);
  expect((await readdir(root.disk(".berth-daemon/uploads"))).sort()).toEqual([old, young, "notes"]);
  expect((await readdir(root.disk(".berth-daemon"))).sort()).toEqual(["made-by-berth", "tmp-notes.md", "uploads"]);
  await removeLeftovers([root.root], long);
  expect(await readdir(root.disk(".berth-daemon/uploads"))).toHaveLength(3);
  await removeLeftovers([root.root], Date.now() + (LIMITS.abandonedUploadHours + 1) * 3_600_000);
  expect(await readdir(root.disk(".berth-daemon/uploads"))).toEqual(["notes"]);
  expect(await root.read(".berth-daemon/tmp-notes.md")).toBe("somebody's");
});

test.each([
  ["folder", async (root: TemporaryRoot) => root.put(".berth-daemon/tmp-6fe5bda5-1c0e-4f5c-9b2d-0d7f0c9f4a11", "mine")],
  ["file", async (root: TemporaryRoot) => root.put(".berth-daemon", "mine")],
  ["copy of a daemon's folder", copyOfScratch],
] as const)(
  "a user's %s of the reserved name blocks nothing, is shown, kept and carried along",
  async (_what, make) => {
    await using root = await TemporaryRoot.make();
    await make(root);
    const before = await describeDisk(root);
    await removeLeftovers([root.root], Date.now() + (LIMITS.abandonedUploadHours + 1) * 3_600_000);
    await root.write("file", "written");
    expect(await root.read("file")).toBe("written");
    await unlink(root.disk("file"));
    expect(await describeDisk(root)).toEqual(before);
    using top = await root.root.open();
    const seen: string[] = [];
    for await (const { segments } of walkTree(top, { hideReserved: true })) seen.push(segments.join("/"));
    expect(seen.sort()).toEqual(before);
    // What a daemon of before called its own is an ordinary folder now.
    await root.write(".berth/tmp-notes.md", "mine");
    await removeLeftovers([root.root], Date.now() + 1000);
    expect(await root.read(".berth/tmp-notes.md")).toBe("mine");
  },
);

async function copyOfScratch(root: TemporaryRoot): Promise<void> {
  await root.makeScratch();
  await cp(root.disk(".berth-daemon"), root.disk("copy"), { recursive: true });
  await rm(root.disk(".berth-daemon"), { recursive: true });
  await rename(root.disk("copy"), root.disk(".berth-daemon"));
  await root.put(".berth-daemon/uploads/7d1f0a52-8f0e-4d5b-9a51-3f1f0b8e2c01", "mine");
}

const describeDisk = async (root: TemporaryRoot): Promise<string[]> =>
  (await readdir(root.root.path, { recursive: true })).sort();
