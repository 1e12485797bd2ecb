import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, chown, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PostgresBinaries } from "./binaries.ts";
import { identity, type Launch } from "./launch.ts";

export const DATABASE_USER = "berth";
export const DATABASE_NAME = "berth";

const INCOMPLETE = "data.init-";

export interface ClusterOptions {
  readonly directory: string;
  readonly binaries: PostgresBinaries;
  readonly launch: Launch;
  /** False skips fsync. Only for disposable databases. */
  readonly durable: boolean;
}

export interface Cluster {
  readonly dataDirectory: string;
  readonly password: string;
}

/**
 * Creates the database files on the first start. Everything is written under a temporary name and renamed at the end,
 * so an interrupted first start leaves no incomplete cluster.
 */
export async function ensureCluster(options: ClusterOptions): Promise<Cluster> {
  const dataDirectory = join(options.directory, "data");
  const passwordFile = join(options.directory, "password");
  if (await exists(join(dataDirectory, "PG_VERSION"))) {
    return { dataDirectory, password: await readPassword(passwordFile) };
  }
  const password = randomBytes(24).toString("base64url");
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (options.launch.uid !== null) await chown(passwordFile, options.launch.uid, options.launch.uid);

  // A unique name, because the processes of a start that was just killed may still be writing to theirs.
  const half = join(options.directory, `${INCOMPLETE}${process.pid}-${Date.now()}`);
  initialise(options, half, passwordFile);
  await rename(half, dataDirectory);
  await removeIncomplete(options.directory);
  return { dataDirectory, password };
}

/** Best effort: files that another process still writes cannot be deleted. The next first start retries. */
async function removeIncomplete(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(INCOMPLETE));
  const removals = names.map((name) => rm(join(directory, name), { recursive: true, force: true, maxRetries: 5 }));
  await Promise.allSettled(removals);
}

function initialise(options: ClusterOptions, dataDirectory: string, passwordFile: string): void {
  const sync = options.durable ? [] : ["--no-sync"];
  run(options, options.binaries.initdb, [
    `--pgdata=${dataDirectory}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // The same sort order and case rules on every host, independent of its installed locales.
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    ...sync,
  ]);
  const single = ["--single", "-D", dataDirectory, "-c", `fsync=${options.durable ? "on" : "off"}`, "postgres"];
  run(options, options.binaries.postgres, single, `create database ${DATABASE_NAME};\n`);
}

function run({ binaries, launch }: ClusterOptions, program: string, programArgs: string[], input = ""): void {
  const [command, ...args] = [...launch.prefix, ...binaries.prefix, program, ...programArgs];
  const result = spawnSync(command as string, args, {
    cwd: "/",
    encoding: "utf8",
    input,
    ...identity(launch),
  });
  if (result.status === 0) return;
  const why = result.error?.message ?? `${result.stderr}`.trim().split("\n").slice(-5).join("\n");
  throw new Error(`The embedded Postgres could not be set up. ${why}`);
}

async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    const message = `The embedded Postgres has data, but its password file ${file} cannot be read. Restore it from a backup of the data directory.`;
    throw new Error(message, { cause });
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
