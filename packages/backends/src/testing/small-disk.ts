import { execFile } from "node:child_process";
import { mkdtemp, open, rm, rmdir, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MiB = 1024 * 1024;

export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  freeBytes(): Promise<number>;
  /** Writes a file of zeros until no byte is free. */
  fill(): Promise<void>;
  /** Deletes what `fill` wrote. */
  drain(): Promise<void>;
  makeReadOnly(): Promise<void>;
}

/** A separate small file system, which fills up quickly. Disposal unmounts it. Requires permission to mount. */
export async function openSmallDisk(sizeMebibytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), "berth-small-disk-"));
  await run("mount", ["-t", "tmpfs", "-o", `size=${sizeMebibytes}m`, "tmpfs", path]);
  const filler = join(path, "filler");
  return {
    path,
    async freeBytes() {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
    async fill() {
      await using file = await open(filler, "a");
      try {
        for (const zeros = Buffer.alloc(MiB); ; ) await file.write(zeros);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
      }
    },
    drain: () => rm(filler, { force: true }),
    async makeReadOnly() {
      await run("mount", ["-o", "remount,ro", path]);
    },
    async [Symbol.asyncDispose]() {
      // Lazily, because a process that is ending may still have its working directory here.
      await run("umount", ["--lazy", path]);
      await rmdir(path);
    },
  };
}

/** Why tests that need a small disk are skipped here, or null when they can run. Printed once. */
export async function findSmallDiskForTests(): Promise<{ reason: string | null }> {
  try {
    await using _ = await openSmallDisk(1);
    return { reason: null };
  } catch {
    const reason = "tests with a full disk need the right to mount a tmpfs (run them as root on Linux)";
    process.stderr.write(`Skipped: ${reason}.\n`);
    return { reason };
  }
}
