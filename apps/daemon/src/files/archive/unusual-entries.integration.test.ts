import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyEntry } from "../copy.ts";
import { openFolder } from "../resolve.ts";
import { oneChunk, problem, TemporaryRoot } from "../testing/temporary-root.ts";
import { sendTar } from "./send-tar.ts";
import { sendZip } from "./send-zip.ts";
import { unpackTar } from "./unpack-tar.ts";

const signal = new AbortController().signal;
const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;

/**
 * Names that are a drive, a parent path or a separator on other systems, some next to names they would collide with.
 */
const FOREIGN_PATHS = ["src/app.js", "src\\app.js", "C:\\x", "c:x", "..\\up", "\\x", "x\\", "a:b", "aux"];

const NAMES_IN_ZIP = "import sys,zipfile,json;print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))";

test("a zip keeps names unchanged that have a special meaning on other systems", async ({ skip }) => {
  skip(!has("python3"), "python3 is not installed");
  await using root = await TemporaryRoot.make();
  for (const path of FOREIGN_PATHS) await root.put(`tree/${path}`, path);
  using folder = await openFolder(root.root, root.path("tree"));
  const archive = join(root.outside, "archive.zip");
  await sendZip(folder, createWriteStream(archive), signal);
  const names = JSON.parse(execFileSync("python3", ["-c", NAMES_IN_ZIP, archive]).toString()) as string[];
  expect(names.toSorted()).toEqual(["src/", ...FOREIGN_PATHS].toSorted());
});

/** A tar of one file whose header states another kind. */
async function tarOfKind(root: TemporaryRoot, kind: string): Promise<Buffer> {
  await root.put("tree/file", "content");
  using folder = await openFolder(root.root, root.path("tree"));
  const archive = join(root.outside, "archive.tar");
  await sendTar(folder, createWriteStream(archive), { compress: false, signal });
  const bytes = await readFile(archive);
  const at = Array.from({ length: bytes.length / 512 }, (_, block) => block * 512).find(
    (each) => bytes.toString("latin1", each, each + 5) === "file\0",
  );
  if (at === undefined) throw new Error("The archive has no header of the file.");
  bytes.write(kind, at + 156, "latin1");
  bytes.write("        ", at + 148, "latin1");
  const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  return bytes;
}

test.each(["A", "M", "N", "Z", "8"])(
  "a tar entry of kind %s, which is not a file, is rejected with its name",
  async (kind) => {
    await using root = await TemporaryRoot.make();
    const archive = await tarOfKind(root, kind);
    const unpacked = unpackTar(root.root, root.path("made"), oneChunk(archive), { compressed: false, signal });
    await expect(unpacked).rejects.toMatchObject(problem("invalid_input"));
    await expect(unpacked).rejects.toMatchObject({ problem: { details: { kind } } });
    await expect(unpacked).rejects.toThrow('"file" in the archive');
    expect(await readdir(root.disk("made"))).toEqual([]);
  },
);

test.each(["gnu", "oldgnu", "posix"])(
  "a sparse file in a tar of format %s keeps its bytes and holes",
  async (format) => {
    await using root = await TemporaryRoot.make();
    await mkdir(root.disk("tree"));
    {
      await using file = await open(root.disk("tree/sparse"), "w");
      // More regions than fit into the first header.
      for (let piece = 0; piece < 40; piece += 1) await file.write(randomBytes(4096), 0, 4096, piece * 1024 * 1024);
      await file.truncate(64 * 1024 * 1024);
    }
    const archive = join(root.outside, "archive.tar");
    execFileSync("tar", [`--format=${format}`, "--sparse", "-cf", archive, "-C", root.disk("tree"), "."]);
    await unpackTar(root.root, root.path("made"), createReadStream(archive), { compressed: false, signal });
    expect((await readFile(root.disk("made/sparse"))).equals(await readFile(root.disk("tree/sparse")))).toBe(true);
    const [before, made] = [await stat(root.disk("tree/sparse")), await stat(root.disk("made/sparse"))];
    expect(before.blocks * 512).toBeLessThan(before.size);
    expect(made.blocks).toBeLessThanOrEqual(before.blocks + 16);
  },
);

test("a copy of a sparse file uses no more disk space than the original", async () => {
  await using root = await TemporaryRoot.make();
  {
    await using file = await open(root.disk("sparse"), "w");
    await file.write(randomBytes(4096), 0, 4096, 8 * 1024 * 1024);
    await file.truncate(64 * 1024 * 1024);
  }
  await copyEntry(root.root, root.path("sparse"), root.path("copy"), { overwrite: false });
  expect((await readFile(root.disk("copy"))).equals(await readFile(root.disk("sparse")))).toBe(true);
  const [before, made] = [await stat(root.disk("sparse")), await stat(root.disk("copy"))];
  expect(before.blocks * 512).toBeLessThan(64 * 1024);
  expect(made.blocks).toBeLessThanOrEqual(before.blocks + 16);
});
