import { symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type SearchOptions, search } from "./search.ts";
import { makeDeep } from "./testing/deep-folders.ts";
import { TemporaryRoot } from "./testing/temporary-root.ts";

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

  test("finds names and lines by Unicode case folding when case is ignored", async () => {
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

  test("finds lines with their numbers in files of any size, and skips binaries and links", async () => {
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

  test.each([true, false])("finds a match at any position of a long line once (ignoreCase: %s)", async (ignoreCase) => {
    await using root = await TemporaryRoot.make();
    // Around every position where the text may be cut.
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
  });

  test("finds a line once when it is split between two matches", async () => {
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

  test("finds names that contain glob characters", async () => {
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

  test("searches 3,000 folders deep", async () => {
    await using root = await TemporaryRoot.make();
    await makeDeep(root.disk("deep"), "x", 3000);
    const matches = await found(root, { name: "leaf", content: "found it" });
    expect(matches.map(([path, line]) => [path.split("/").length, line])).toEqual([[3003, 1]]);
  });

  test("shows the start and the end of a path that is too long to request", async () => {
    await using root = await TemporaryRoot.make();
    await makeDeep(root.disk("deep"), "n".repeat(200), 100);
    const [match] = await found(root, { name: "leaf" });
    expect(match?.[0]).toMatch(/^\/deep\/n+.*…n.*\/leaf$/);
    expect(String(match?.[0]).length).toBeLessThanOrEqual(8 * 1024);
  });

  test("by name searches everywhere except through links", async () => {
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
