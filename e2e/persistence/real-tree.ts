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
 * edge cases: odd names, links of every kind, permissions, empty and binary files.
 */
export async function makeRealTree(folder: string): Promise<void> {
  await run("git", ["clone", "--quiet", "--no-hardlinks", ROOT, join(folder, "project")]);
  await cp(join(ROOT, "node_modules/typescript"), join(folder, "library"), {
    recursive: true,
    dereference: true,
  }).catch(() => {});
  const odd = join(folder, "odd");
  await mkdir(join(odd, "empty folder"), { recursive: true });
  await writeFile(join(odd, "empty file"), "");
  await writeFile(join(odd, "binary.bin"), randomBytes(5 * MiB));
  for (const name of ODD_NAMES) await writeFile(join(odd, name), `the file named ${JSON.stringify(name)}\n`);
  await writeFile(join(odd, "run.sh"), "#!/bin/sh\necho hello\n");
  await chmod(join(odd, "run.sh"), 0o755);
  await writeFile(join(odd, "secret"), "for my eyes only\n");
  await chmod(join(odd, "secret"), 0o600);
  await symlink("run.sh", join(odd, "link to a file"));
  await symlink("empty folder", join(odd, "link to a folder"));
  await symlink("../project/package.json", join(odd, "link upwards, inside"));
  await symlink("nowhere", join(odd, "dangling link"));
  await symlink("/etc/hostname", join(odd, "link outside, kept as data"));
}

const ODD_NAMES = [
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
