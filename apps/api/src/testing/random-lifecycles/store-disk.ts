import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The disk with the volumes. While it is unmounted, its mount point is an empty folder. */
export interface StoreDisk extends AsyncDisposable {
  unmount(): Promise<void>;
  /** @returns the entries written into the mount point in the meantime. */
  mount(): Promise<string[]>;
}

/** A separate file system where this process may mount one, otherwise a folder that is moved away. */
export async function openStoreDisk(root: string, volumes: string): Promise<StoreDisk> {
  await mkdir(volumes, { mode: 0o700 });
  const disk = join(root, "disk");
  await mkdir(disk);
  try {
    await run("mount", ["-t", "tmpfs", "-o", "mode=700", "berth-lives", disk]);
  } catch (error) {
    process.stderr.write(`The store is a folder that is moved away, since mounting failed: ${String(error)}\n`);
    return movedStore(volumes);
  }
  const mount = () => run("mount", ["--bind", disk, volumes]);
  await mount();
  let isMounted = true;
  return {
    async unmount() {
      // Lazy, because running workspaces have open files on it.
      await run("umount", ["--lazy", volumes]);
      isMounted = false;
    },
    async mount() {
      const written = await readdir(volumes);
      await rm(volumes, { recursive: true });
      await mkdir(volumes, { mode: 0o700 });
      await mount();
      isMounted = true;
      return written;
    },
    async [Symbol.asyncDispose]() {
      if (isMounted) await run("umount", ["--lazy", volumes]);
      await run("umount", ["--lazy", disk]);
    },
  };
}

const movedStore = (volumes: string): StoreDisk => ({
  async unmount() {
    await rename(volumes, `${volumes}.unmounted`);
    await mkdir(volumes, { mode: 0o700 });
  },
  async mount() {
    const written = await readdir(volumes);
    await rm(volumes, { recursive: true });
    await rename(`${volumes}.unmounted`, volumes);
    return written;
  },
  async [Symbol.asyncDispose]() {},
});
