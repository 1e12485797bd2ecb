import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The disk that holds the volumes. While it is not mounted, an empty folder is where the mount point was. */
export interface StoreDisk extends AsyncDisposable {
  unmount(): Promise<void>;
  /** @returns what was written into the mount point meanwhile. */
  mount(): Promise<string[]>;
}

/** A file system of its own where this process may mount one, a folder that is moved away otherwise. */
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
      // Lazily, since running workspaces have files open on it.
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
