import { chmod, link, mkdir, open, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestBerth, ranOf, type TestBerth } from "./testing/test-berth.ts";

let berth: TestBerth;
beforeAll(async () => {
  berth = await openTestBerth();
  await berth.run(["create", "files"]);
});
afterAll(() => berth[Symbol.asyncDispose]());

const cp = (from: string, to: string, ...more: string[]) => berth.run(["cp", from, to, ...more]);
const inside = async (line: string) => (await berth.run(["exec", "--shell", "files", line])).stdout;
const here = (...names: string[]) => join(berth.folder, ...names);

/** The size of the unfinished uploads on the disk of the local backend. */
async function uploadedBytes(): Promise<number> {
  const names = await readdir(here("data"), { recursive: true });
  const uploads = names.filter((name) => /\.berth-daemon\/.*[\da-f]{8}-[\da-f-]{27}$/.test(name));
  const sizes = await Promise.all(uploads.map((name) => stat(here("data", name)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe("a file", () => {
  test.each([
    ["files:a b/ö#?.txt", "/workspace/a b/ö#?.txt"],
    ["files:/workspace/x.txt", "/workspace/x.txt"],
    ["files:/configs/app.json", "/configs/app.json"],
    ["files:", "/workspace/local.txt"],
    ["files:new/", "/workspace/new/local.txt"],
  ])("is copied to %s", async (to, path) => {
    await writeFile(here("local.txt"), "content");
    expect(await cp("local.txt", to)).toMatchObject({ code: 0, stdout: `Copied 1 file, 7 B, to files:${path}.\n` });
    expect(await cp(`files:${path}`, "back.txt")).toMatchObject({ code: 0 });
    expect(await readFile(here("back.txt"), "utf8")).toBe("content");
  });

  test("is copied into a folder that exists, on both sides", async () => {
    await writeFile(here("named.txt"), "1");
    await inside("mkdir -p there");
    await mkdir(here("here"));
    expect((await cp("named.txt", "files:there", "--json")).json).toMatchObject({
      to: "files:/workspace/there/named.txt",
    });
    await cp("files:there/named.txt", "here");
    expect(await readFile(here("here/named.txt"), "utf8")).toBe("1");
  });

  test("keeps its executable mode", async () => {
    await writeFile(here("run.sh"), "#!/bin/sh\necho ran\n");
    await chmod(here("run.sh"), 0o755);
    await cp("run.sh", "files:bin/run.sh");
    expect(await inside("bin/run.sh")).toBe("ran\n");
    await cp("files:bin/run.sh", "run-back.sh");
    expect((await stat(here("run-back.sh"))).mode & 0o777).toBe(0o755);
  });

  test("comes from standard input and goes to standard output, empty ones too", async () => {
    const bytes = "\u0000ÿ\n";
    await berth.run(["cp", "-", "files:stream"], { stdin: bytes });
    expect(await cp("files:stream", "-")).toMatchObject({ code: 0, stdout: bytes });
    await writeFile(here("empty"), "");
    await cp("empty", "files:empty");
    expect(await cp("files:empty", "empty-back")).toMatchObject({ code: 0 });
    expect((await stat(here("empty-back"))).size).toBe(0);
  });

  test("larger than a part continues where an interrupted copy stopped, in both directions", {
    timeout: 180_000,
  }, async () => {
    const size = 80 * 1024 * 1024;
    const file = await open(here("large"), "w");
    await file.write(Buffer.alloc(1024, "begin"), 0);
    await file.write(Buffer.alloc(1024, "end"), 0, 1024, size - 1024);
    await file.close();
    const sending = berth.start(["cp", "large", "files:large"]);
    const sent = ranOf(sending);
    await expect.poll(uploadedBytes, { interval: 2 }).toBeGreaterThan(0);
    sending.kill("SIGKILL");
    await sent;
    const again = await cp("large", "files:large", "--json");
    expect(again.json).toMatchObject({ bytes: size });
    expect(again.json.resumedAtBytes).toBeGreaterThan(0);
    expect(await inside("wc -c < large; tail -c 3 large")).toMatch(new RegExp(`^${size}\\n`));

    const receiving = berth.start(["cp", "files:large", "large-back"]);
    const received = ranOf(receiving);
    const partial = async () => (await readdir(berth.folder)).find((name) => /^large-back\.\w+\.part$/.test(name));
    await expect
      .poll(async () => ((await partial()) ? (await stat(here((await partial()) ?? ""))).size : 0), { interval: 5 })
      .toBeGreaterThan(0);
    receiving.kill("SIGKILL");
    await received;
    const rest = await cp("files:large", "large-back", "--json");
    expect(rest.json.bytes).toBe(size);
    expect(rest.json.resumedAtBytes).toBeGreaterThan(0);
    expect((await readFile(here("large-back"))).equals(await readFile(here("large")))).toBe(true);
    expect(await partial()).toBeUndefined();
  });
});

describe("a folder", () => {
  test("keeps modes, times, links and holes on the way in and out", async () => {
    await mkdir(here("tree/sub/empty"), { recursive: true });
    await writeFile(here("tree/sub/file"), "file", { mode: 0o640 });
    await writeFile(here("tree/ä\nnewline"), "name");
    await symlink("sub/file", here("tree/link"));
    await link(here("tree/sub/file"), here("tree/hard"));
    const sparse = await open(here("tree/sparse"), "w");
    await sparse.write("begin", 0);
    await sparse.write("end", 5_000_000);
    await sparse.close();
    const sent = await cp("tree", "files:copied", "--json");
    expect(sent).toMatchObject({ code: 0, stderr: "" });
    expect(sent.json).toMatchObject({ to: "files:/workspace/copied" });
    await inside(
      "truncate -s 9M copied/holes; printf x | dd of=copied/holes bs=1 seek=5000000 conv=notrunc 2>/dev/null",
    );
    expect(await cp("files:copied", "back")).toMatchObject({ code: 0 });
    expect(await readFile(here("back/sub/file"), "utf8")).toBe("file");
    expect(await readFile(here("back/ä\nnewline"), "utf8")).toBe("name");
    expect((await stat(here("back/sub/file"))).mode & 0o777).toBe(0o640);
    expect(await readlink(here("back/link"))).toBe("sub/file");
    expect((await stat(here("back/hard"))).ino).toBe((await stat(here("back/sub/file"))).ino);
    expect((await readFile(here("back/sparse"))).equals(await readFile(here("tree/sparse")))).toBe(true);
    const holes = await readFile(here("back/holes"));
    expect([holes.length, holes.indexOf("x")]).toEqual([9 * 1024 * 1024, 5_000_000]);
    expect((await stat(here("back/sub/file"))).mtimeMs).toBe(
      Math.floor((await stat(here("tree/sub/file"))).mtimeMs / 1000) * 1000,
    );
    expect(await readdir(here("back/sub/empty"))).toEqual([]);
  });

  test("writes nothing through a link that was here before", async () => {
    await mkdir(here("outside"));
    await mkdir(here("into"));
    await symlink(here("outside"), here("into/folder"));
    await inside("mkdir -p linked/folder; echo x > linked/folder/file");
    expect(await cp("files:linked", "into/")).toMatchObject({ code: 0 });
    await mkdir(here("direct"));
    await symlink(here("outside"), here("direct/folder"));
    await inside("mkdir -p direct/folder; echo x > direct/folder/file");
    expect(await cp("files:direct", ".")).toMatchObject({ code: 0 });
    expect(await readdir(here("outside"))).toEqual([]);
  });
});

test.each([
  [["a", "b"], 2],
  [["files:a", "files:b"], 2],
  [["files:/etc/passwd", "x"], 2],
  [["files:../x", "x"], 2],
  [["files:no-such-file", "x"], 4],
  [["no-such-file", "files:x"], 1],
  [["files:stream", "-", "--json"], 2],
])("cp %j is refused with exit code %i", async (args, code) => {
  const ran = await berth.run(["cp", ...args]);
  expect(ran).toMatchObject({ code, stdout: "" });
  expect(ran.stderr).not.toBe("");
});
