import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { systemCalls } from "../../native/system-calls.ts";
import { deleteEntry } from "../delete.ts";
import { openFolder } from "../resolve.ts";
import { makeDeep } from "../testing/deep-folders.ts";
import { describeTree, makeRandomTree } from "../testing/random-trees.ts";
import { oneChunk, problem, TemporaryRoot } from "../testing/temporary-root.ts";
import { sendTar } from "./send-tar.ts";
import { unpackTar } from "./unpack-tar.ts";

const signal = new AbortController().signal;
const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;
const onLinux = process.platform === "linux" && systemCalls() !== null;
for (const program of ["tar", "bsdtar", "python3"]) {
  if (!has(program)) process.stdout.write(`Skipped: what archives are compared with needs ${program}.\n`);
}

const unpacked = (root: TemporaryRoot, archive: string) =>
  unpackTar(root.root, root.path("made"), createReadStream(archive), { compressed: false, signal });

/** The properties that every tar format keeps. */
async function plainFacts(folder: string): Promise<Record<string, unknown>> {
  const facts = Object.entries(await describeTree(folder)).filter(([name, { kind }]) => name !== "." && kind !== "s");
  return Object.fromEntries(
    facts.map(([name, { kind, target, size, sha256 }]) => [name, { kind, target, size, sha256 }]),
  );
}

async function packedBy(root: TemporaryRoot, program: string, options: readonly string[]): Promise<string> {
  const archive = join(root.outside, "archive.tar");
  execFileSync(program, [...options, "-cf", archive, "-C", root.disk("tree"), "."], {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  return archive;
}

/** A random tree of plain entries that contains what tar formats encode differently. */
async function plantTree(root: TemporaryRoot): Promise<void> {
  await mkdir(root.disk("tree"));
  await makeRandomTree(56, root.disk("tree"), "plain");
  const tree = Object.values(await describeTree(root.disk("tree")));
  expect(tree.filter(({ sparse }) => sparse).length).toBeGreaterThan(10);
  expect(tree.filter(({ sameAs }) => sameAs !== undefined).length).toBeGreaterThan(10);
}

const PYTHON_PACKS = `
import sys,tarfile
with tarfile.open(sys.argv[2],'w',format=getattr(tarfile,sys.argv[1])) as t: t.add(sys.argv[3],arcname='.')
`;

describe.runIf(onLinux)("tar of another program", { timeout: 120_000 }, () => {
  test.runIf(has("tar")).each([
    ["gnu", ["--format=gnu"]],
    ["gnu with holes", ["--format=gnu", "--sparse"]],
    ["oldgnu with holes", ["--format=oldgnu", "--sparse"]],
    ["posix with a volume label", ["--format=posix", "--label=My backup"]],
    ["gnu with a volume label", ["--format=gnu", "--label=My backup"]],
    ["gnu, an incremental dump", ["--format=gnu", "--incremental"]],
  ] as const)("GNU tar in the format %s is unpacked whole", async (_name, options) => {
    await using root = await TemporaryRoot.make();
    await plantTree(root);
    await unpacked(root, await packedBy(root, "tar", options));
    expect(await plainFacts(root.disk("made"))).toEqual(await plainFacts(root.disk("tree")));
  });

  // Users 4,000,000 and 4,000,001 have no name here, so GNU tar writes their ids; bsdtar always writes ids next to names.
  test.each(["tar", "bsdtar"].filter(has))(
    "access control lists that %s writes as text are applied",
    async (program) => {
      await using root = await TemporaryRoot.make();
      await root.put("tree/folder/file", "x");
      await root.put("tree/plain", "x");
      const acl = (...entries: string[]) => Buffer.from(`02000000${entries.join("")}`, "hex");
      const own = ["01000700ffffffff", "0200040000093d00", "0200020001093d00", "04000500ffffffff"];
      const rest = ["0800060002093d00", "10000700ffffffff", "20000000ffffffff"];
      const calls = systemCalls();
      for (const path of ["tree/folder", "tree/folder/file"])
        calls?.setAttribute(root.disk(path), "system.posix_acl_access", acl(...own, ...rest));
      calls?.setAttribute(root.disk("tree/folder"), "system.posix_acl_default", acl(...own, ...rest));
      const archive = await packedBy(root, program, ["--acls", "--no-xattrs", "--format=posix"]);
      expect((await unpacked(root, archive)).differences).toEqual([]);
      const aclsOf = async (folder: string) =>
        Object.entries(await describeTree(root.disk(folder))).map(([name, { mode, attributes }]) => [
          name,
          mode,
          attributes,
        ]);
      expect((await aclsOf("made")).slice(1)).toEqual((await aclsOf("tree")).slice(1));
    },
  );

  test("an access control list that names a user without an id is reported", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("tree/file", "x");
    const acl = "020000000100060000000000020004000100000004000400ffffffff10000400ffffffff20000000ffffffff";
    systemCalls()?.setAttribute(root.disk("tree/file"), "system.posix_acl_access", Buffer.from(acl, "hex"));
    const archive = await packedBy(root, "tar", ["--acls", "--format=posix"]);
    expect((await unpacked(root, archive)).differences).toEqual([
      { reason: 'Its "SCHILY.acl.access" is not kept.', count: 1, examples: ["/file"] },
    ]);
  });

  test.runIf(has("bsdtar")).each(["pax", "gnutar", "ustar"])(
    "an archive of bsdtar in format %s is unpacked completely",
    async (format) => {
      await using root = await TemporaryRoot.make();
      await root.put("tree/n\u00e4me/file", "x");
      await root.put(`tree/${"long-name-".repeat(9)}/${"deeper-".repeat(12)}`, "long");
      await root.put("tree/empty", "");
      await unpacked(root, await packedBy(root, "bsdtar", [`--format=${format}`]));
      expect(await plainFacts(root.disk("made"))).toEqual(await plainFacts(root.disk("tree")));
    },
  );

  test.runIf(has("python3")).each(["PAX_FORMAT", "GNU_FORMAT"])(
    "an archive of Python in %s is unpacked completely",
    async (format) => {
      await using root = await TemporaryRoot.make();
      await plantTree(root);
      const archive = join(root.outside, "archive.tar");
      execFileSync("python3", ["-c", PYTHON_PACKS, format, archive, root.disk("tree")]);
      await unpacked(root, archive);
      expect(await plainFacts(root.disk("made"))).toEqual(await plainFacts(root.disk("tree")));
    },
  );

  test.runIf(has("bsdtar"))("bsdtar unpacks a Berth archive completely", async () => {
    await using root = await TemporaryRoot.make();
    await plantTree(root);
    using folder = await openFolder(root.root, root.path("tree"));
    const archive = join(root.outside, "archive.tar");
    await sendTar(folder, createWriteStream(archive), { compress: false, signal });
    await mkdir(root.disk("made"));
    // bsdtar warns about the name of a sparse file that is not UTF-8, but unpacks it.
    spawnSync("bsdtar", ["-xpf", archive, "-C", root.disk("made")], { env: { ...process.env, LC_ALL: "C.UTF-8" } });
    expect(await plainFacts(root.disk("made"))).toEqual(await plainFacts(root.disk("tree")));
  });
});

test("a tree of 1,000 nested folders, deeper than any path, survives an archive", { timeout: 120_000 }, async () => {
  await using root = await TemporaryRoot.make();
  await makeDeep(root.disk("tree"), "folder", 1000);
  const archive = join(root.outside, "archive.tar");
  {
    using folder = await openFolder(root.root, root.path("tree"));
    await sendTar(folder, createWriteStream(archive), { compress: false, signal });
  }
  expect((await unpacked(root, archive)).directories).toBeGreaterThanOrEqual(1000);
  for (const name of ["tree", "made"]) await deleteEntry(root.root, root.path(name), { recursive: true });
});

describe("an archive with any byte changed or cut off", { timeout: 120_000 }, () => {
  test("succeeds or is rejected clearly, writes nothing outside the folder, and uses no more space than it states", async () => {
    await using root = await TemporaryRoot.make();
    await root.put("tree/a/file", "content".repeat(200));
    await root.put(`tree/${"long-".repeat(40)}`, "x");
    const archive = join(root.outside, "archive.tar");
    {
      using folder = await openFolder(root.root, root.path("tree"));
      await sendTar(folder, createWriteStream(archive), { compress: false, signal });
    }
    const whole = await readFile(archive);
    let state = 7;
    const random = (max: number) => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return state % max;
    };
    for (let round = 0; round < 300; round += 1) {
      const bytes = Buffer.from(whole.subarray(0, round % 5 === 0 ? random(whole.length) : whole.length));
      for (let change = 0; change < 1 + random(4) && bytes.length > 0; change += 1)
        bytes[random(bytes.length)] = random(256);
      if (round % 2 === 0) repairChecksums(bytes);
      const result = await unpackTar(root.root, root.path("made"), oneChunk(bytes), {
        compressed: false,
        signal,
      }).catch((error: unknown) => error);
      const isFault = result instanceof DomainError ? result.problem.retryable : result instanceof Error;
      expect(isFault, `round ${round}: ${String(result)}`).toBe(false);
      expect((await readdir(root.outside)).sort()).toEqual(["archive.tar", "secret"]);
      await deleteEntry(root.root, root.path("made"), { recursive: true }).catch(() => {});
    }
    expect((await stat(archive)).size).toBe(whole.length);
    const cut = unpackTar(root.root, root.path("cut"), oneChunk(whole.subarray(0, 512 * 3)), {
      compressed: false,
      signal,
    });
    await expect(cut).rejects.toMatchObject(problem("invalid_input"));
  });
});

/** Fixes the checksum, so that it does not reveal the change. */
function repairChecksums(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString("latin1", at + 257, at + 262) !== "ustar") continue;
    bytes.write("        ", at + 148, "latin1");
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  }
}
