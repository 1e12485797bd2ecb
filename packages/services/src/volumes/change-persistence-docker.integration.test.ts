import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bundleDaemon,
  connectDocker,
  dockerSubject,
  ensureTestImage,
  findDockerForTests,
  inContainer,
} from "@berth/backends/testing";
import type { Workspace } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, openHarnessOver } from "../testing/index.ts";

const docker = await findDockerForTests(process.env);
const { path: bundlePath, ...bundle } = await bundleDaemon();
const daemon = { bundlePath, ...bundle, nodePath: process.execPath };
const engine = connectDocker();

const NODE = "/opt/berth/node";
/** Sets and shows extended attributes, which the image has no tools for. */
const ATTRIBUTES = `
  const c = require("/opt/berth/koffi.node").load("libc.so.6");
  const set = c.func("int lsetxattr(const char *path, const char *name, const uint8_t *value, size_t size, int flags)");
  const get = c.func("int64_t lgetxattr(const char *path, const char *name, uint8_t *value, size_t size)");
  const [verb, ...paths] = process.argv.slice(1);
  for (const path of paths) {
    const value = Buffer.alloc(100);
    if (verb === "set" && set(path, "user.note", Buffer.from("kept\\0!"), 6, 0) !== 0) throw new Error("not set: " + path);
    const size = Number(get(path, "user.note", value, value.length));
    console.log(path, size < 0 ? "none" : value.toString("hex", 0, size));
  }`;

/** Files that any user can create. */
const PLANT = `
  set -e
  mkdir -p d/deep "with spaces" closed
  printf one >d/deep/one; ln d/deep/one d/twin; ln -s ../nowhere d/link; chmod 600 d/deep/one
  printf run >run; chmod 755 run
  printf secret >closed/read-only; chmod 400 closed/read-only; chmod 500 closed
  chmod 1777 "with spaces"; chmod 2775 d
  : >empty; touch -d '2001-02-03 04:05:06.123456789' empty d/deep/one
  ${NODE} -e 'require("node:fs").writeFileSync("holes", ""); require("node:fs").truncateSync("holes", 8 << 20)'
  printf x >attributes`;

/** Files that only root can create: files of other users, and setuid programs. */
const PLANT_AS_ROOT = `
  set -e
  printf theirs >theirs; chown 1000:1000 theirs; chmod 640 theirs
  mkdir shared; chown 0:1000 shared; chmod 2770 shared; printf y >shared/y; chown 1234:4321 shared/y
  printf p >program; chown 1000:1000 program; chmod 4755 program
  mkdir private; chown 1000:1000 private; chmod 700 private; printf z >private/z; chown 1000:1000 private/z`;

/** Prints kind, mode, owner, links, time in nanoseconds and target of every entry, and the checksum of every file. */
const DESCRIBE = `
  find . -path './.berth*' -prune -o -printf '%p %y %m %U:%G %n %T@ %l\\n' | grep -v '^. d' | sort
  find . -path './.berth*' -prune -o -type f -print0 | sort -z | xargs -0 sha256sum 2>/dev/null`;

describe.skipIf(docker.reason !== null)("from Don't keep to Always keep, on Docker", () => {
  let harness: Harness;
  beforeAll(async () => {
    const defaultImage = await ensureTestImage(engine, "glibc");
    harness = await openHarnessOver(await dockerSubject({ host: undefined, daemon, defaultImage }).open());
  }, 120_000);
  afterAll(() => harness?.[Symbol.asyncDispose](), 120_000);

  const inside = async (workspace: Workspace, command: string[], user?: string): Promise<string> => {
    const container = engine.getContainer(`berth-${await harness.incarnationOf(workspace)}`);
    const { exitCode, output } = await inContainer(container, command, user);
    expect(`${exitCode} ${exitCode === 0 ? "" : output}`).toBe("0 ");
    return output;
  };
  const describeTree = async (workspace: Workspace, user: string) =>
    (await inside(workspace, ["sh", "-c", DESCRIBE], user)) +
    (await inside(workspace, [NODE, "-e", ATTRIBUTES, "show", "attributes", "run"], user));

  const online = async (image: "glibc" | "user") =>
    harness.online({ compute: { image: await ensureTestImage(engine, image), dataPersistence: "ephemeral" } });

  test.each([
    { who: "root", image: "glibc" as const, user: "0", scripts: [PLANT, PLANT_AS_ROOT] },
    { who: "an ordinary user", image: "user" as const, user: "1000", scripts: [PLANT] },
  ])("copies all files with their attributes for $who", async ({ image, user, scripts }) => {
    const workspace = await online(image);
    for (const script of scripts) await inside(workspace, ["sh", "-c", script], user);
    await inside(workspace, [NODE, "-e", ATTRIBUTES, "set", "attributes"], user);
    const before = await describeTree(workspace, user);
    expect(before.split("\n").length).toBeGreaterThan(20);
    expect(before).toContain("attributes 6b6570740021");
    const old = await harness.incarnationOf(workspace);

    await harness.configure(workspace, "persist");
    expect(await harness.after("restart", workspace)).toMatchObject({
      dataState: "intact",
      volume: { state: "attached" },
    });
    expect(await harness.incarnationOf(workspace)).not.toBe(old);
    expect(await describeTree(workspace, user)).toBe(before);
    await harness.after("restart", workspace);
    expect(await describeTree(workspace, user)).toBe(before);
  });

  test.each([
    { what: "a file that its user cannot read", name: "unreadable", mode: "600" },
    { what: "a file that its user cannot create", name: "of-root", mode: "644" },
  ])("$what fails the change before the swap, and the old instance keeps running", async ({ name, mode }) => {
    const workspace = await online("user");
    await inside(workspace, ["sh", "-c", PLANT], "1000");
    const old = await harness.incarnationOf(workspace);
    const kept = engine.getContainer(`berth-${old}`);
    await kept.putArchive(await fileOfRoot(name, mode), { path: "/workspace" });
    // A file that cannot be read has no checksum, but its attributes are listed.
    const tree = async () => (await inContainer(kept, ["sh", "-c", DESCRIBE], "1000")).output;
    const before = await tree();
    expect(before).toContain(`./${name} f ${mode} 0:0`);

    await harness.configure(workspace, "persist");
    const { status, error } = await harness.ended(await harness.request("restart", workspace));
    expect(status).toBe("failed");
    expect(error?.message).toContain(name);
    expect(await harness.machinesOf(workspace)).toMatchObject([{ incarnationId: old, state: "running" }]);
    expect(await tree()).toBe(before);

    await inside(workspace, ["rm", "-f", `/workspace/${name}`], "1000");
    const without = await tree();
    await harness.after("restart", workspace);
    expect(await harness.incarnationOf(workspace)).not.toBe(old);
    expect(await inside(workspace, ["sh", "-c", DESCRIBE], "1000")).toBe(without);
  });
});

/** A tar with a file that belongs to root, copied into the container from outside. */
async function fileOfRoot(name: string, mode: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "berth-root-file-"));
  try {
    await writeFile(join(folder, name), "theirs");
    return execFileSync("tar", ["-c", "--owner=0", "--group=0", `--mode=${mode}`, "-C", folder, name]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
