import { randomUUID } from "node:crypto";
import { open, readFile, realpath, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { EnvError } from "./env.ts";

/** Identifies a data directory. A copy has the same content but is a different directory. */
export interface DataDirectory {
  /** Stays the same when the directory is moved. A copy that is put to use gets a new id. */
  id: string;
  path: string;
  host: string;
}

/** The content of `data-directory.json`: its own inode and birth time, which a copy of the file cannot have. */
const record = z.object({
  id: z.uuid(),
  path: z.string(),
  host: z.string(),
  inode: z.string(),
  bornAtNs: z.string(),
});
type DirectoryRecord = z.output<typeof record>;

const FILE = "data-directory.json";

/**
 * Identifies the data directory before anything in it is used. A copy refers to the processes, containers and database
 * server of the original, so it is accepted only when the operator confirms that the original never runs again.
 *
 * @param replaces BERTH_REPLACES_DATA_DIR: the id of the original.
 * @throws EnvError when the directory is a copy.
 */
export async function identifyDataDirectory(directory: string, replaces: string | null): Promise<DataDirectory> {
  const file = join(directory, FILE);
  const path = await realpath(directory);
  const known = await readRecord(file);
  if (known === null) return create(file, path);
  if (await isOriginal(file, known)) {
    const { id } = known;
    if (known.path === path && known.host === hostname()) return { id, path, host: known.host };
    return create(file, path, id);
  }
  if (replaces !== known.id) throw new EnvError(copyError(path, known));
  return create(file, path);
}

function copyError(path: string, { id, path: original, host }: DirectoryRecord): string {
  return [
    `${path} is a copy of the data directory ${original} of ${host}. It names the same machines, so Berth does not start on both.`,
    `If the original never runs again, start this copy once with BERTH_REPLACES_DATA_DIR=${id}.`,
    "Otherwise start the original, or set BERTH_DATA_DIR to an empty directory for a new installation.",
  ].join("\n");
}

async function readRecord(file: string): Promise<DirectoryRecord | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const { data } = record.safeParse(parseJson(text));
  if (data) return data;
  throw new EnvError(`${file} cannot be read. If this directory is not a copy of another one, remove that file.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function isOriginal(file: string, { inode, bornAtNs }: DirectoryRecord): Promise<boolean> {
  const opened = await open(file, "r");
  try {
    const { ino, birthtimeNs } = await opened.stat({ bigint: true });
    return String(ino) === inode && String(birthtimeNs) === bornAtNs;
  } finally {
    await opened.close();
  }
}

/** Writes atomically. A rename keeps the inode. */
async function create(file: string, path: string, id: string = randomUUID()): Promise<DataDirectory> {
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  const opened = await open(draft, "wx", 0o600);
  const directory: DataDirectory = { id, path, host: hostname() };
  try {
    const { ino, birthtimeNs } = await opened.stat({ bigint: true });
    const written: DirectoryRecord = { ...directory, inode: String(ino), bornAtNs: String(birthtimeNs) };
    await opened.writeFile(`${JSON.stringify(written, null, 2)}\n`);
    await opened.sync();
  } finally {
    await opened.close();
  }
  await rename(draft, file);
  return directory;
}
