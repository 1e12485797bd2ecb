import { execFileSync } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { chmod, link, lstat, mkdir, readdir, readFile, readlink, stat, symlink, utimes } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type Header, pack } from "tar-stream";
import { describe, expect, test } from "vitest";
import { openFolder } from "../resolve.ts";
import { oneChunk, problem, TemporaryRoot } from "../testing/temporary-root.ts";
import { sendTar } from "./send-tar.ts";
import { sendZip } from "./send-zip.ts";
import { unpackTar } from "./unpack-tar.ts";

const signal = new AbortController().signal;

async function archiveOf(root: TemporaryRoot, path: string, format: "tar" | "tar.gz" | "zip"): Promise<Buffer> {
  using folder = await openFolder(root.root, root.path(path));
  const target = new PassThrough();
  const [bytes] = await Promise.all([
    target.toArray(),
    format === "zip"
      ? sendZip(folder, target, signal)
      : sendTar(folder, target, { compress: format === "tar.gz", signal }),
  ]);
  return Buffer.concat(bytes);
}

const unpack = (root: TemporaryRoot, path: string, bytes: Buffer, compressed = false) =>
  unpackTar(root.root, root.path(path), oneChunk(bytes), { compressed, signal });

async function tarOf(entries: readonly (Partial<Header> & { name: string; content?: string })[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? "");
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function makeTree(root: TemporaryRoot): Promise<void> {
  await root.put("tree/bin/run.sh", "#!/bin/sh\n");
  await chmod(root.disk("tree/bin/run.sh"), 0o755);
  await root.put("tree/empty.txt", "");
  await root.put(`tree/${"long-name-".repeat(20)}/${"deeper-".repeat(20)}.txt`, "long");
  await root.put("tree/new\nline 😀", Buffer.from([0, 255, 10, 13]));
  await mkdir(root.disk("tree/empty-folder"));
  await symlink("bin/run.sh", root.disk("tree/link"));
  await symlink("/etc/passwd", root.disk("tree/out"));
  await link(root.disk("tree/bin/run.sh"), root.disk("tree/second-name"));
  await utimes(root.disk("tree/bin/run.sh"), 1_500_000_000, 1_500_000_000);
  await utimes(root.disk("tree/empty-folder"), 1_400_000_000, 1_400_000_000);
}

/** Lists every entry with its kind, mode, time (in seconds) and content. */
async function describeTree(path: string, prefix = ""): Promise<Record<string, string>> {
  const described: Record<string, string> = {};
  for (const name of (await readdir(path)).sort()) {
    const stats = await lstat(join(path, name));
    const content = stats.isFile()
      ? (await readFile(join(path, name))).toString("base64")
      : stats.isSymbolicLink()
        ? await readlink(join(path, name))
        : "";
    const time = stats.isDirectory() && name !== "empty-folder" ? "" : Math.floor(stats.mtimeMs / 1000);
    described[prefix + name] = `${(stats.mode & 0o170777).toString(8)} ${time} ${content}`;
    if (stats.isDirectory()) Object.assign(described, await describeTree(join(path, name), `${prefix}${name}/`));
  }
  return described;
}

describe("an archive", () => {
  test.each(["tar", "tar.gz"] as const)(
    "as %s restores the same tree with modes, times, links, and odd and long names",
    async (format) => {
      await using root = await TemporaryRoot.make();
      await makeTree(root);
      const bytes = await archiveOf(root, "tree", format);
      const made = await unpack(root, "copy/of/it", bytes, format === "tar.gz");
      expect(made).toEqual({ files: 4, directories: 3, links: 3, bytes: 18, differences: [] });
      expect(await describeTree(root.disk("copy/of/it"))).toEqual(await describeTree(root.disk("tree")));
      expect((await stat(root.disk("copy/of/it/second-name"))).ino).toBe(
        (await stat(root.disk("copy/of/it/bin/run.sh"))).ino,
      );
    },
  );

  test("can be read by the system's tar", async () => {
    await using root = await TemporaryRoot.make();
    await makeTree(root);
    await root.put("x.tar.gz", await archiveOf(root, "tree", "tar.gz"));
    await mkdir(root.disk("by-tar"));
    execFileSync("tar", ["-xzf", root.disk("x.tar.gz"), "-C", root.disk("by-tar")]);
    expect(await describeTree(root.disk("by-tar"))).toEqual(await describeTree(root.disk("tree")));
  });

  test("as zip can be read by another program, with modes and links", async () => {
    await using root = await TemporaryRoot.make();
    await makeTree(root);
    await root.put("x.zip", await archiveOf(root, "tree", "zip"));
    const script =
      "import sys,zipfile,json;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(json.dumps({i.filename:[oct(i.external_attr>>16),z.read(i).decode('latin1')] for i in z.infolist()}))";
    const entries = JSON.parse(execFileSync("python3", ["-c", script, root.disk("x.zip")]).toString());
    expect(entries).toMatchObject({
      "bin/run.sh": ["0o100755", "#!/bin/sh\n"],
      "empty-folder/": ["0o40755", ""],
      link: ["0o120777", "bin/run.sh"],
      "new\nline 😀": ["0o100644", "\0ÿ\n\r"],
    });
  });

  test("omits Berth's own files, and lists unreadable entries in its last entry", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("file", "x");
    await root.makeScratch();
    await root.put(".berth-daemon/uploads/part", "hidden");
    await using socket = createServer().listen(root.disk("pipe"));
    await once(socket, "listening");
    for (const format of ["tar", "zip"] as const) {
      await root.put("archives/x", await archiveOf(root, "/", format));
      const list =
        format === "tar"
          ? execFileSync("tar", ["-tf", root.disk("archives/x")])
          : execFileSync("python3", ["-m", "zipfile", "-l", root.disk("archives/x")]);
      expect(list.toString()).not.toContain(".berth-daemon");
      expect(list.toString()).toContain("BERTH-UNREADABLE.txt");
    }
    await unpack(root, "out", await archiveOf(root, "/", "tar"));
    expect(await root.read("out/BERTH-UNREADABLE.txt")).toContain('"pipe"');
  });

  test("as zip of many files takes about as long as a tar, and adds one listener to the caller", async () => {
    await using root = await TemporaryRoot.make();
    await mkdir(root.disk("many"));
    execFileSync("sh", ["-c", 'cd "$1" && seq 4000 | xargs touch', "sh", root.disk("many")]);
    const sent = async (format: "tar" | "zip") => {
      const gone = new AbortController();
      using folder = await openFolder(root.root, root.path("many"));
      const target = new PassThrough();
      const began = performance.now();
      const sending =
        format === "zip"
          ? sendZip(folder, target, gone.signal)
          : sendTar(folder, target, { compress: false, signal: gone.signal });
      let listeners = 0;
      for await (const _chunk of target)
        listeners = Math.max(listeners, getEventListeners(gone.signal, "abort").length);
      await sending;
      return { seconds: (performance.now() - began) / 1000, listeners };
    };
    const tar = await sent("tar");
    const zip = await sent("zip");
    expect(zip.listeners).toBeGreaterThan(0);
    expect(zip.listeners).toBeLessThanOrEqual(tar.listeners);
    expect(zip.seconds).toBeLessThan(4 * tar.seconds + 2);
  });

  test("of a folder that changes during the download is still valid", async () => {
    await using root = await TemporaryRoot.make();
    for (let index = 0; index < 300; index += 1) await root.put(`busy/file-${index}`, "x".repeat(index));
    let writing = true;
    const writer = (async () => {
      for (let round = 0; writing; round += 1) await root.put(`busy/file-${round % 300}`, "y".repeat(round % 5000));
    })();
    const bytes = await archiveOf(root, "busy", "tar");
    writing = false;
    await writer;
    expect((await unpack(root, "out", bytes)).files).toBeGreaterThanOrEqual(300);
  });
});

describe("unpacking", () => {
  test.each([
    ["a name with ..", [{ name: "../escaped", content: "x" }]],
    ["a name with .. inside", [{ name: "a/../../escaped", content: "x" }]],
    [
      "a link, then a file through it",
      [
        { name: "hop", type: "symlink", linkname: "<outside>" },
        { name: "hop/escaped", content: "x" },
      ],
    ],
    [
      "a relative link, then a file through it",
      [
        { name: "hop", type: "symlink", linkname: "../../outside" },
        { name: "hop/escaped", content: "x" },
      ],
    ],
    [
      "a link, then a folder through it",
      [
        { name: "hop", type: "symlink", linkname: "<outside>" },
        { name: "hop/escaped", type: "directory" },
      ],
    ],
    [
      "a link inside, then a file through it",
      [
        { name: "real/", type: "directory" },
        { name: "hop", type: "symlink", linkname: "real" },
        { name: "hop/escaped", content: "x" },
      ],
    ],
    ["a hard link to outside", [{ name: "hard", type: "link", linkname: "../../outside/secret" }]],
    [
      "a hard link through a link",
      [
        { name: "hop", type: "symlink", linkname: "<outside>" },
        { name: "hard", type: "link", linkname: "hop/secret" },
      ],
    ],
    ["a device", [{ name: "device", type: "character-device", devmajor: 1, devminor: 3 }]],
    ["the reserved folder", [{ name: "../.berth-daemon/uploads/x", content: "x" }]],
  ] as const)("rejects %s and writes nothing outside", async (_what, entries) => {
    await using root = await TemporaryRoot.make();
    await mkdir(root.disk("in"));
    const bytes = await tarOf(
      entries.map((entry) => ({
        ...entry,
        ...("linkname" in entry ? { linkname: entry.linkname.replace("<outside>", root.outside) } : {}),
      })),
    );
    await expect(unpack(root, "in", bytes)).rejects.toMatchObject(problem("path_not_allowed"));
    expect(await readdir(root.outside)).toEqual(["secret"]);
    expect(await readFile(join(root.outside, "secret"), "utf8")).toBe("outside");
    expect(await readdir(root.root.path)).toEqual(["in"]);
  });

  test("puts absolute names inside the folder, and never writes through an existing link", async () => {
    await using root = await TemporaryRoot.make();
    await mkdir(root.disk("in"));
    await symlink(join(root.outside, "secret"), root.disk("in/file"));
    const made = await unpack(
      root,
      "in",
      await tarOf([
        { name: "/etc/passwd", content: "mine" },
        { name: "file", content: "new" },
      ]),
    );
    expect(made.files).toBe(2);
    expect(await root.read("in/etc/passwd")).toBe("mine");
    expect((await lstat(root.disk("in/file"))).isFile()).toBe(true);
    expect(await readFile(join(root.outside, "secret"), "utf8")).toBe("outside");
  });

  test("creates links unchanged, with any target, and never sets set-user-id", async () => {
    await using root = await TemporaryRoot.make();
    await unpack(
      root,
      "/",
      await tarOf([
        { name: "dangling", type: "symlink", linkname: "/no/where" },
        { name: "su", mode: 0o4755, content: "x" },
      ]),
    );
    expect(await readlink(root.disk("dangling"))).toBe("/no/where");
    expect((await stat(root.disk("su"))).mode & 0o7777).toBe(0o755);
  });

  test.each([
    ["truncated", (bytes: Buffer) => bytes.subarray(0, 700)],
    ["of another format", () => Buffer.from("not an archive at all".repeat(100))],
  ])("rejects a damaged archive: %s", async (_how, damage) => {
    await using root = await TemporaryRoot.make();
    const bytes = damage(await tarOf([{ name: "file", content: "x".repeat(5000) }]));
    await expect(unpack(root, "/", bytes)).rejects.toMatchObject(problem("invalid_input"));
    await expect(unpack(root, "/", bytes, true)).rejects.toMatchObject(problem("invalid_input"));
  });
});
