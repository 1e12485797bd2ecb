import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, copyFile, link, mkdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { daemonProgramKey } from "../daemon-program.ts";
import type { DaemonProgram } from "../options.ts";
import { LAUNCH_SCRIPT } from "./launch-script.ts";

export interface LocalRuntime {
  node: string;
  daemon: string;
  launchScript: string;
}

/**
 * Keeps the daemon, its Node and the launch script in their own folder, so that upgrading the checkout does not remove
 * them from running workspaces. A rename makes the folder appear atomically.
 */
export async function ensureLocalRuntime(dataDirectory: string, daemon: DaemonProgram): Promise<LocalRuntime> {
  const runtimes = path.join(dataDirectory, "runtime");
  const script = createHash("sha256").update(LAUNCH_SCRIPT).digest("hex").slice(0, 6);
  const folder = path.join(runtimes, `${await daemonProgramKey(daemon)}-${script}`);
  const runtime = {
    node: path.join(folder, "node"),
    daemon: path.join(folder, "daemon.cjs"),
    launchScript: path.join(folder, "launch.sh"),
  };
  if (await exists(folder)) return runtime;
  const unfinished = path.join(runtimes, `.${randomUUID()}`);
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await linkOrCopy(await realpath(daemon.nodePath), path.join(unfinished, "node"));
  await copyFile(daemon.bundlePath, path.join(unfinished, "daemon.cjs"));
  for (const companion of daemon.companions ?? [])
    await copyFile(companion, path.join(unfinished, path.basename(companion)));
  await writeFile(path.join(unfinished, "launch.sh"), LAUNCH_SCRIPT, { mode: 0o500 });
  try {
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process has done it first.
    if (!(await exists(folder))) throw error;
  }
  return runtime;
}

/** A hard link costs nothing and survives the removal of the original name. Across file systems, a copy is needed. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o755);
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
