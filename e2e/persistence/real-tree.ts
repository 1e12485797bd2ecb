import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../fixtures/api-process.ts";

const run = promisify(execFile);
const MiB = 1024 * 1024;

/**
 * A real project: a clone of this repository with its history, thousands of source files of an installed library, and
 * edge cases: unusual names, links of every kind, permissions, empty and binary files.
 */
export async function makeRealTree(folder: string): Promise<void> {
  await run("git", ["clone", "--quiet", "--no-hardlinks", ROOT, join(folder, "project")]);
  await cp(join(ROOT, "node_modules/typescript"), join(folder, "library"), {
    recursive: true,
    dereference: true,
  }).catch(() => {});
  const edgeCases = join(folder, "odd");
  await mkdir(join(edgeCases, "empty folder"), { recursive: true });
  await writeFile(join(edgeCases, "empty file"), "");
  await writeFile(join(edgeCases, "binary.bin"), randomBytes(5 * MiB));
  for (const name of UNUSUAL_NAMES) await writeFile(join(edgeCases, name), `the file named ${JSON.stringify(name)}\n`);
  await writeFile(join(edgeCases, "run.sh"), "#!/bin/sh\necho hello\n");
  await chmod(join(edgeCases, "run.sh"), 0o755);
  await writeFile(join(edgeCases, "secret"), "for my eyes only\n");
  await chmod(join(edgeCases, "secret"), 0o600);
  await symlink("run.sh", join(edgeCases, "link to a file"));
  await symlink("empty folder", join(edgeCases, "link to a folder"));
  await symlink("../project/package.json", join(edgeCases, "link upwards, inside"));
  await symlink("nowhere", join(edgeCases, "dangling link"));
  await symlink("/etc/hostname", join(edgeCases, "link outside, kept as data"));
}

const UNUSUAL_NAMES = [
  "with space",
  " leading and trailing ",
  "-rf",
  "--help",
  ".hidden",
  "...",
  "new\nline",
  "tab\tand \"quotes\" and 'quotes'",
  "back\\slash",
  "star*question?[bracket]",
  "percent%2Fencoded",
  "dollar $HOME `id` $(id)",
  "semi;colon|pipe&amp",
  "Grüße",
  "日本語",
  "emoji 🚢",
  "combining e\u0301",
  "x".repeat(255),
];
