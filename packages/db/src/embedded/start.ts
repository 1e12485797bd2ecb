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
  /** Holds the database files, password, log and lock. Created with mode 0700 if missing. */
  directory: string;
  /** False trades durability for speed. Only for disposable databases, as in tests. */
  durable?: boolean;
  /** Called when the server ends without a call to `stop`. */
  onUnexpectedExit?: () => void;
}

export interface EmbeddedPostgres {
  /** Connects as the owner of the database. Contains the password: do not log it. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a real Postgres that belongs to this process and ends with it. A directory has one owner. First removes
 * what a killed process has left behind: a running server, incomplete files.
 *
 * @throws DirectoryInUseError when another live process holds the directory.
 */
export async function startEmbeddedPostgres(input: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const lock = await lockDirectory(resolve(input.directory));
  try {
    const directory = await realpath(input.directory);
    // First, because an orphan may still write to the files below.
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

/**
 * Root can start Postgres in two ways. The required owner of the files changes when a host starts or stops
 * allowing user namespaces.
 */
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
  // Only another user may lack access to files that this process can read.
  if (launch.uid === null || canRun(launch, [...installed.prefix, installed.postgres])) return installed;

  const copied = await copyBinaries(directory);
  if (canRun(launch, [copied.postgres])) return copied;
  throw new Error(
    `Postgres does not run as root, and another user cannot reach ${directory}. Run Berth as an ordinary user, or set BERTH_DATA_DIR to a directory that every user can reach.`,
  );
}
