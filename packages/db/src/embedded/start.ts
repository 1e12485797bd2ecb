import { spawnSync } from "node:child_process";
import { realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { copyBinaries, findBinaries, type PostgresBinaries } from "./binaries.ts";
import { type ClusterOptions, DATABASE_NAME, DATABASE_USER, ensureCluster } from "./cluster.ts";
import { lockDirectory } from "./directory-lock.ts";
import { canRun, chooseLaunch, type Launch } from "./launch.ts";
import { endOrphan } from "./orphan.ts";
import { startPostmaster } from "./postmaster.ts";

export interface EmbeddedPostgresOptions {
  /** Holds everything: database files, password, log, lock. Made when missing, mode 0700. */
  directory: string;
  /** False trades durability for speed: for databases that may be lost, as in tests. */
  durable?: boolean;
  /** Called when the server ends although nobody called `stop`. */
  onUnexpectedExit?: () => void;
}

export interface EmbeddedPostgres {
  /** Connects as the owner of the database. Holds the password: not for logs. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a real Postgres that belongs to this process: one owner per directory, ended with the process. What a killed
 * process left behind (a running server, half-made files) is put right first.
 *
 * @throws DirectoryInUseError when another live process holds the directory.
 */
export async function startEmbeddedPostgres(input: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const lock = await lockDirectory(resolve(input.directory));
  try {
    const directory = await realpath(input.directory);
    // Before anything is touched that it may still be writing.
    await endOrphan(join(directory, "data"));
    const options = await prepare(directory, input.durable ?? true);
    const { dataDirectory, password } = await ensureCluster(options);
    const server = await startPostmaster(options, dataDirectory);

    let stopping = false;
    void server.exited.then(() => {
      if (!stopping) input.onUnexpectedExit?.();
    });
    const stop = async () => {
      stopping = true;
      await server.stop();
      await lock.release();
    };
    const url = `postgres://${DATABASE_USER}:${password}@127.0.0.1:${server.port}/${DATABASE_NAME}`;
    return { url, stop };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function prepare(directory: string, durable: boolean): Promise<ClusterOptions> {
  const launch = chooseLaunch();
  await giveFilesTo(directory, launch.uid ?? process.getuid?.() ?? 0);
  return { directory, durable, launch, binaries: await runnableBinaries(directory, launch) };
}

/** Root alone can start Postgres in two ways, and moves between them when a host begins or ceases to allow namespaces. */
async function giveFilesTo(directory: string, uid: number): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const data = await stat(join(directory, "data")).catch(() => null);
  const owners = [(await stat(directory)).uid, data?.uid ?? uid];
  if (owners.every((owner) => owner === uid)) return;
  const { status, stderr } = spawnSync("chown", ["-R", `${uid}:${uid}`, directory], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The files of the embedded Postgres could not change their owner. ${stderr}`);
}

async function runnableBinaries(directory: string, launch: Launch): Promise<PostgresBinaries> {
  const installed = await findBinaries(join(directory, "lib"));
  // Only a change of user can close the way to what we can read ourselves.
  if (launch.uid === null || canRun(launch, [...installed.prefix, installed.postgres])) return installed;

  const copied = await copyBinaries(directory);
  if (canRun(launch, [copied.postgres])) return copied;
  throw new Error(
    `Postgres does not run as root, and another user cannot reach ${directory}. Run Berth as an ordinary user, or set BERTH_DATA_DIR to a directory under one that everybody may enter.`,
  );
}
