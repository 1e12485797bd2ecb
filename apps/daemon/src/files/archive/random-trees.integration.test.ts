import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArchiveDifference } from "@berth/domain";
import { afterAll, describe, expect, test } from "vitest";
import { systemCalls } from "../../native/system-calls.ts";
import { copyEntry } from "../copy.ts";
import { openFolder } from "../resolve.ts";
import { type DescribedEntry, type DescribedTree, describeTree, makeRandomTree } from "../testing/random-trees.ts";
import { TemporaryRoot } from "../testing/temporary-root.ts";
import { describeTree as manifestOf } from "./manifest.ts";
import { sendTar } from "./send-tar.ts";
import { sendZip } from "./send-zip.ts";
import { unpackTar } from "./unpack-tar.ts";

/** A longer run: BERTH_TEST_TREES=2000 BERTH_TEST_SEED=1 vitest run <this file>. */
const TREES = Number(process.env.BERTH_TEST_TREES ?? 2);
const SEED = Number(process.env.BERTH_TEST_SEED ?? 20);
const SEEDS = Array.from({ length: TREES }, (_, index) => SEED + index);
const TIMEOUT_MS = 60_000 + TREES * 20_000;
const signal = new AbortController().signal;

const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;
const canDescribe = process.platform === "linux" && systemCalls() !== null && has("python3");
if (!canDescribe) process.stdout.write("Skipped: random trees need Linux and python3.\n");
for (const program of ["tar", "unzip"]) {
  if (!has(program)) process.stdout.write(`Skipped: what archives are compared with needs ${program}.\n`);
}

/** A root with a random tree in `tree`. */
async function planted(seed: number): Promise<TemporaryRoot> {
  const root = await TemporaryRoot.make();
  await mkdir(root.disk("tree"));
  await makeRandomTree(seed, root.disk("tree"));
  return root;
}

async function archived(root: TemporaryRoot, format: "tar" | "tar.gz" | "zip", exact = false): Promise<string> {
  using folder = await openFolder(root.root, root.path("tree"));
  const at = join(root.outside, `archive.${format}`);
  const target = createWriteStream(at);
  if (format === "zip") await sendZip(folder, target, signal);
  else await sendTar(folder, target, { compress: format === "tar.gz", exact, signal });
  return at;
}

async function unpacked(root: TemporaryRoot, archive: string, exact = false): Promise<readonly ArchiveDifference[]> {
  const options = { compressed: archive.endsWith("gz"), exact, signal };
  return (await unpackTar(root.root, root.path("made"), createReadStream(archive), options)).differences;
}

const GNU_KEEPS_ALL = ["--xattrs", "--xattrs-include=*", "--numeric-owner", "--same-owner"] as const;

const isReport = (name: string): boolean => /^BERTH-UNREADABLE(-\d+)?\.txt$/.test(name);
const own = `${process.getuid?.()}:${process.getgid?.()}`;

type Change = (entry: DescribedEntry, name: string) => DescribedEntry | null;

/** The tree as it may come out: entries changed or left out; the folder itself is another one. */
function changed(tree: DescribedTree, change: Change): DescribedTree {
  const made: Record<string, DescribedEntry> = {};
  for (const [name, entry] of Object.entries(tree)) {
    const kept = name === "." ? null : change(entry, name);
    if (kept !== null) made[name] = kept;
  }
  return made;
}

const withoutSockets: Change = (entry) => (entry.kind === "s" ? null : entry);
const asUnpackedByAnyone: Change = (entry) =>
  entry.kind === "s"
    ? null
    : {
        ...entry,
        owner: own,
        mode: entry.mode === "" ? "" : `0o${(Number.parseInt(entry.mode.slice(2), 8) & 0o777).toString(8)}`,
        attributes: Object.fromEntries(
          Object.entries(entry.attributes).filter(([name]) => /^(user\.|system\.posix_acl)/.test(name)),
        ),
      };

describe.runIf(canDescribe)("random trees", { timeout: TIMEOUT_MS }, () => {
  const counted = { trees: 0, entries: 0 };
  afterAll(() => {
    if (TREES > 100) process.stdout.write(`${counted.trees} trees, ${counted.entries} entries.\n`);
  });

  test.each(SEEDS)("seed %i is moved to another machine with everything there is", async (seed) => {
    await using root = await planted(seed);
    const before = await describeTree(root.disk("tree"));
    counted.trees += 1;
    counted.entries += Object.keys(before).length;
    expect(await unpacked(root, await archived(root, "tar", true), true)).toEqual([]);
    expect(await describeTree(root.disk("made"))).toEqual(before);
    expect(await describeTree(root.disk("tree"))).toEqual(before);
  });

  test.each(SEEDS)("seed %i is copied with everything there is", async (seed) => {
    await using root = await planted(seed);
    const before = await describeTree(root.disk("tree"));
    expect(await copyEntry(root.root, root.path("tree"), root.path("made"), { overwrite: false })).toEqual([]);
    expect(await describeTree(root.disk("made"))).toEqual(before);
    expect(await describeTree(root.disk("tree"))).toEqual(before);
  });

  test.each(SEEDS)("seed %i has the same manifest where it is the same, and another after any change", async (seed) => {
    await using root = await planted(seed);
    const manifest = async () => {
      using folder = await openFolder(root.root, root.path("tree"));
      return await manifestOf(folder, { checksum: true, signal });
    };
    const before = await manifest();
    expect(before.obstacles).toEqual([]);
    expect(await manifest()).toEqual(before);
    const [name = ""] = Object.keys(await describeTree(root.disk("tree"))).slice(-1);
    const path = Buffer.concat([Buffer.from(`${root.disk("tree")}/`), Buffer.from(name === "." ? "" : name, "latin1")]);
    const { mtimeNs } = await lstat(path, { bigint: true });
    systemCalls()?.setTimes(path, { atimeNs: 0n, mtimeNs: mtimeNs + 1n });
    expect((await manifest()).sha256).not.toBe(before.sha256);
  });

  test.each(SEEDS)("seed %i comes back from a tar.gz, and what differs is said", async (seed) => {
    await using root = await planted(seed);
    const before = await describeTree(root.disk("tree"));
    const differences = await unpacked(root, await archived(root, "tar.gz"));
    const made = await describeTree(root.disk("made"));
    const report = Object.keys(made).find((name) => isReport(name) && !before[name]);
    const sockets = Object.values(before).filter(({ kind }) => kind === "s").length;
    expect(report !== undefined).toBe(sockets > 0);
    expect(changed(made, (entry, name) => (name === report ? null : entry))).toEqual(
      changed(before, asUnpackedByAnyone),
    );
    const said = (part: string) =>
      differences.filter(({ reason }) => reason.includes(part)).reduce((sum, { count }) => sum + count, 0);
    // Further names of a file are not told again.
    const entries = Object.entries(before).filter(
      ([name, entry]) => name !== "." && entry.kind !== "s" && (entry.sameAs ?? name) === name,
    );
    expect(said("owner")).toBe(entries.filter(([, { owner }]) => owner !== own).length);
    expect(said("sticky")).toBe(entries.filter(([, { mode }]) => Number.parseInt(mode.slice(2), 8) > 0o777).length);
    expect(said("security.capability")).toBe(
      entries.filter(([, { attributes }]) => attributes["security.capability"] !== undefined).length,
    );
  });

  test.runIf(has("tar")).each(SEEDS)("seed %i is the same for GNU tar", async (seed) => {
    await using root = await planted(seed);
    const before = await describeTree(root.disk("tree"));
    const archive = await archived(root, "tar");
    await mkdir(root.disk("made"));
    execFileSync("tar", [...GNU_KEEPS_ALL, "-xpf", archive, "-C", root.disk("made")]);
    const made = await describeTree(root.disk("made"));
    const there = changed(made, (entry, name) => (isReport(name) && !before[name] ? null : entry));
    expect(there).toEqual(changed(before, withoutSockets));
  });

  /** GNU tar takes the names of one pipe for several pipes. */
  const asGnuPacks: Change = ({ sameAs, ...entry }) =>
    entry.kind === "s" ? null : entry.kind === "p" || sameAs === undefined ? entry : { ...entry, sameAs };
  const withoutHoles: Change = (entry) => (entry.sparse === undefined ? entry : { ...entry, sparse: false });

  test.runIf(has("tar")).each([
    ["without holes", [], withoutHoles],
    ["sparse 0.0", ["--sparse", "--sparse-version=0.0"], null],
    ["sparse 0.1", ["--sparse", "--sparse-version=0.1"], null],
    ["sparse 1.0", ["--sparse", "--sparse-version=1.0"], null],
  ] as const)("packed by GNU tar in the format of POSIX, %s, they come out whole", async (_name, options, lost) => {
    for (const seed of SEEDS) {
      await using root = await planted(seed);
      const before = changed(await describeTree(root.disk("tree")), asGnuPacks);
      const archive = join(root.outside, "archive.tar");
      // It fails because of sockets, and writes the rest.
      spawnSync("tar", [...GNU_KEEPS_ALL, "--format=posix", ...options, "-cf", archive, "-C", root.disk("tree"), "."]);
      await unpacked(root, archive, true);
      const made = changed(await describeTree(root.disk("made")), lost ?? asGnuPacks);
      expect(made, `seed ${seed}`).toEqual(lost === null ? before : changed(before, lost));
    }
  });

  test.runIf(has("unzip")).each(SEEDS)("seed %i is the same for unzip as far as a zip goes", async (seed) => {
    await using root = await planted(seed);
    const before = await describeTree(root.disk("tree"));
    const archive = await archived(root, "zip");
    await mkdir(root.disk("made"));
    spawnSync("unzip", ["-q", "-X", "-K", "-^", "-o", archive, "-d", root.disk("made")], {
      env: { LC_ALL: "C.UTF-8" },
    });
    const made = await describeTree(root.disk("made"));
    const there = changed(made, (entry, name) => (isReport(name) && !before[name] ? null : asZipped(entry, name)));
    expect(there).toEqual(
      changed(before, (entry, name) => ("psbc".includes(entry.kind) ? null : asZipped(entry, name))),
    );
  });

  test.each(SEEDS)("seed %i is the same for Python's zipfile, byte by byte", async (seed) => {
    await using root = await planted(seed);
    const before = await describeTree(root.disk("tree"));
    const archive = await archived(root, "zip");
    const read = JSON.parse(execFileSync("python3", ["-c", READ_ZIP, archive], { encoding: "latin1" })) as Record<
      string,
      string
    >;
    const files = Object.entries(before).flatMap(([name, { sha256 }]) =>
      sha256 === undefined ? [] : [[name, sha256]],
    );
    expect(changedNames(read, before)).toEqual(Object.fromEntries(files));
  });
});

/** What a zip holds of an entry, times apart, which unzip changes for old and far dates. */
const asZipped: Change = ({ kind, mode, target, size, sha256 }) =>
  ({
    kind,
    mode: kind === "l" ? "" : mode,
    ...(target === undefined ? {} : { target }),
    ...(size === undefined ? {} : { size, sha256 }),
  }) as DescribedEntry;

const changedNames = (read: Readonly<Record<string, string>>, before: DescribedTree) =>
  Object.fromEntries(Object.entries(read).filter(([name]) => !isReport(name) || before[name]));

const READ_ZIP = `
import sys,zipfile,json,hashlib,stat
z=zipfile.ZipFile(sys.argv[1]); said={}
assert z.testzip() is None
for i in z.infolist():
    name=i.filename.encode('utf-8' if i.flag_bits&0x800 else 'cp437').decode('latin-1')
    assert name not in said, name
    if stat.S_ISREG(i.external_attr>>16): said[name]=hashlib.sha256(z.read(i)).hexdigest()
print(json.dumps(said))
`;
