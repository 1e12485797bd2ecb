import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArchiveDifference } from "@berth/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemCalls } from "../../native/system-calls.ts";
import { copyEntry } from "../copy.ts";
import { openFolder } from "../resolve.ts";
import { asUploaded, changed, isReport, treeSeeds, without } from "../testing/expected-trees.ts";
import {
  type DescribedEntry,
  type DescribedTree,
  describeTree,
  makeRandomTree,
  readTarNames,
  readZip,
} from "../testing/random-trees.ts";
import { problem, TemporaryRoot } from "../testing/temporary-root.ts";
import { describeTree as manifestOf } from "./manifest.ts";
import { sendTar } from "./send-tar.ts";
import { sendZip } from "./send-zip.ts";
import { unpackTar } from "./unpack-tar.ts";

const SEEDS = treeSeeds({ from: 5, count: 6 });
const signal = new AbortController().signal;

const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;
const canDescribe = process.platform === "linux" && systemCalls() !== null && has("python3");
if (!canDescribe) process.stdout.write("Skipped: random trees need Linux and python3.\n");
for (const program of ["tar", "unzip"]) {
  if (!has(program)) process.stdout.write(`Skipped: what archives are compared with needs ${program}.\n`);
}

async function archived(root: TemporaryRoot, format: "tar" | "tar.gz" | "zip", exact = false): Promise<string> {
  using folder = await openFolder(root.root, root.path("tree"));
  const at = join(root.outside, `${exact ? "exact" : "archive"}.${format}`);
  const target = createWriteStream(at);
  if (format === "zip") await sendZip(folder, target, signal);
  else await sendTar(folder, target, { compress: format === "tar.gz", exact, signal });
  return at;
}

async function unpacked(
  root: TemporaryRoot,
  { archive, to, exact = false }: { archive: string; to: string; exact?: boolean },
): Promise<readonly ArchiveDifference[]> {
  const options = { compressed: archive.endsWith("gz"), exact, signal };
  return (await unpackTar(root.root, root.path(to), createReadStream(archive), options)).differences;
}

/** The number of entries that a response lists per reason. */
const listed = (differences: readonly ArchiveDifference[], part: string): number =>
  differences.filter(({ reason }) => reason.includes(part)).reduce((sum, { count }) => sum + count, 0);

const GNU_KEEPS_ALL = ["--xattrs", "--xattrs-include=*", "--numeric-owner", "--same-owner", "--warning=no-timestamp"];
const GNU_SPARSE: readonly string[][] = [
  [],
  ["--sparse-version=0.0"],
  ["--sparse-version=0.1"],
  ["--sparse-version=1.0"],
];

/** Other programs address an entry by its whole path, which the kernel limits to 4,096 bytes. */
const PATH_BYTES_MAX = 3_900;
describe.runIf(canDescribe).each(SEEDS)("random tree %i", (seed) => {
  let root: TemporaryRoot;
  let before: DescribedTree = {};
  let isReachable = true;
  const hasDevices = seed % 5 === 0 && process.getuid?.() === 0;

  beforeAll(async () => {
    root = await TemporaryRoot.make();
    await mkdir(root.disk("tree"));
    await makeRandomTree(seed, root.disk("tree"), hasDevices ? "devices" : "every");
    before = await describeTree(root.disk("tree"));
    isReachable = Object.keys(before).every((name) => name.length < PATH_BYTES_MAX);
  });

  afterAll(async () => {
    expect(await describeTree(root.disk("tree")), "the tree itself is as it was").toEqual(before);
    await root[Symbol.asyncDispose]();
  });

  test("is moved to another instance completely", async () => {
    const archive = await archived(root, "tar", true);
    expect(await unpacked(root, { archive, to: "moved", exact: true })).toEqual([]);
    expect(await describeTree(root.disk("moved"))).toEqual(before);
  });

  const comesBack = () => {
    test("is copied completely", async () => {
      expect(await copyEntry(root.root, root.path("tree"), root.path("copy"), { overwrite: false })).toEqual([]);
      expect(await describeTree(root.disk("copy"))).toEqual(before);
    });

    test("survives a tar.gz, and the response lists every difference", async () => {
      const archive = await archived(root, "tar.gz");
      const differences = await unpacked(root, { archive, to: "uploaded" });
      const made = await describeTree(root.disk("uploaded"));
      const entries = Object.entries(before).filter(([name]) => name !== ".");
      const sockets = entries.filter(([, { kind }]) => kind === "s").length;
      expect(Object.keys(made).some((name) => isReport(name, before))).toBe(sockets > 0);
      expect(
        changed(
          made,
          without((_, name) => isReport(name, before)),
        ),
      ).toEqual(changed(before, asUploaded));
      // Additional hard links of a file are not listed again.
      const unpackedOnce = entries.filter(([name, { kind, sameAs }]) => kind !== "s" && (sameAs ?? name) === name);
      const own = `${process.getuid?.()}:${process.getgid?.()}`;
      expect(listed(differences, "owner")).toBe(unpackedOnce.filter(([, { owner }]) => owner !== own).length);
      const special = unpackedOnce.filter(([, { mode }]) => Number.parseInt(mode.slice(2), 8) > 0o777);
      expect(listed(differences, "sticky")).toBe(special.length);
      const capable = unpackedOnce.filter(([, { attributes }]) => attributes["security.capability"] !== undefined);
      expect(listed(differences, "security.capability")).toBe(capable.length);
    });
  };

  const isRejected = () =>
    test("is rejected by copy and upload because of its devices", async () => {
      const copy = copyEntry(root.root, root.path("tree"), root.path("copy"), { overwrite: false });
      await expect(copy).rejects.toMatchObject(problem("invalid_input"));
      const upload = unpacked(root, { archive: await archived(root, "tar.gz"), to: "uploaded" });
      await expect(upload).rejects.toMatchObject(problem("path_not_allowed"));
    });

  if (hasDevices) isRejected();
  else comesBack();

  test.runIf(has("tar"))("is identical for GNU tar, which compares and unpacks it", async () => {
    const archive = await archived(root, "tar");
    const isPacked = Object.keys(
      changed(
        before,
        without(({ kind }) => kind === "s"),
      ),
    );
    const inTar = (await readTarNames(archive)).filter((name) => !isReport(name, before));
    expect(inTar.toSorted()).toEqual(isPacked.toSorted());
    if (!isReachable) return;
    const compared = spawnSync("tar", [...GNU_KEEPS_ALL, "-df", archive, "-C", root.disk("tree")]);
    expect(compared.stdout.toString("latin1")).toBe("");
    await mkdir(root.disk("by-gnu"));
    execFileSync("tar", [...GNU_KEEPS_ALL, "-xpf", archive, "-C", root.disk("by-gnu")]);
    const made = await describeTree(root.disk("by-gnu"));
    expect(
      changed(
        made,
        without((_, name) => isReport(name, before)),
      ),
    ).toEqual(
      changed(
        before,
        without(({ kind }) => kind === "s"),
      ),
    );
  });

  test.runIf(has("tar"))("is unpacked completely from an archive of GNU tar", async () => {
    const archive = join(root.outside, "gnu.tar");
    const sparse = GNU_SPARSE[seed % GNU_SPARSE.length] ?? [];
    const format = ["--format=posix", ...(sparse.length > 0 ? ["--sparse"] : []), ...sparse];
    // GNU tar fails because of sockets, but writes the rest.
    spawnSync("tar", [...GNU_KEEPS_ALL, ...format, "-cf", archive, "-C", root.disk("tree"), "."]);
    await unpacked(root, { archive, to: "from-gnu", exact: true });
    const asPacked = (tree: DescribedTree) =>
      changed(tree, ({ sameAs, sparse: hasHoles, ...entry }) => {
        if (entry.kind === "s") return null;
        // GNU tar packs hard links of a pipe or device as separate entries, and a hole of a few bytes as zeros.
        const names = "pcb".includes(entry.kind) ? {} : { sameAs };
        return { ...entry, ...names, hasHoles: sparse.length > 0 && (entry.size ?? 0) > 512 && hasHoles };
      });
    expect(asPacked(await describeTree(root.disk("from-gnu")))).toEqual(asPacked(before));
  });

  test.runIf(has("unzip"))("is identical for unzip, within the limits of zip", async () => {
    const archive = await archived(root, "zip");
    const expected = Object.entries(before).filter(([name, { kind }]) => name !== "." && !"psbc".includes(kind));
    const inZip = (await readZip(archive)).names.filter((name) => !isReport(name, before));
    expect(inZip.toSorted()).toEqual(expected.map(([name, { kind }]) => (kind === "d" ? `${name}/` : name)).toSorted());
    if (!isReachable) return;
    await mkdir(root.disk("by-unzip"));
    const options = ["-q", "-X", "-K", "-^", "-o", archive, "-d", root.disk("by-unzip")];
    spawnSync("unzip", options, { env: { LC_ALL: "C.UTF-8" } });
    const made = await describeTree(root.disk("by-unzip"));
    const inZipOf = (tree: DescribedTree) =>
      changed(tree, ({ kind, mode, target, size, sha256 }, name) =>
        "psbc".includes(kind) || isReport(name, before) ? null : { kind, mode, target, size, sha256 },
      );
    expect(inZipOf(made)).toEqual(inZipOf(before));
  });

  test("is identical for Python's zipfile byte by byte, and the report lists what a zip loses", async () => {
    const { files, report } = await readZip(await archived(root, "zip"));
    const entries = Object.entries(before).filter(([name]) => name !== ".");
    const contents = entries.flatMap(([name, { sha256 }]) => (sha256 === undefined ? [] : [[name, sha256]]));
    expect(Object.fromEntries(Object.entries(files).filter(([name]) => !isReport(name, before)))).toEqual(
      Object.fromEntries(contents),
    );
    const reported = (reason: string): number => {
      const block = report.split("\n\n").find((each) => each.startsWith(reason)) ?? "";
      return (block.match(/^ {2}"/gm) ?? []).length + Number(/and (\d+) more/.exec(block)?.[1] ?? 0);
    };
    const count = (hold: (entry: DescribedEntry, name: string) => boolean) =>
      entries.filter(([name, entry]) => hold(entry, name)).length;
    expect(reported("A pipe, socket or device")).toBe(count(({ kind }) => "psbc".includes(kind)));
    expect(reported("One file under several names")).toBe(
      count(({ sameAs }, name) => sameAs !== undefined && sameAs !== name),
    );
    expect(reported("Its extended attributes")).toBe(
      count(({ kind, attributes }) => !"psbc".includes(kind) && Object.keys(attributes).length > 0),
    );
  });

  test("keeps its manifest while unchanged, and gets another after any change", async () => {
    const manifest = async () => {
      using folder = await openFolder(root.root, root.path("tree"));
      return await manifestOf(folder, { checksum: true, signal });
    };
    const first = await manifest();
    expect(first.obstacles).toEqual([]);
    expect(await manifest()).toEqual(first);
    const name = Object.keys(before).findLast((each) => each.length < PATH_BYTES_MAX) ?? ".";
    const path = Buffer.concat([Buffer.from(`${root.disk("tree")}/`), Buffer.from(name, "latin1")]);
    const { mtimeNs } = await lstat(path, { bigint: true });
    systemCalls()?.setTimes(path, { atimeNs: 0n, mtimeNs: mtimeNs + 1n });
    expect((await manifest()).sha256).not.toBe(first.sha256);
    systemCalls()?.setTimes(path, { atimeNs: 0n, mtimeNs });
    expect((await manifest()).sha256).toBe(first.sha256);
  });
});
