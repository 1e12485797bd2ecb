import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another running process holds the directory. The message is shown to users. */
export class DirectoryInUseError extends Error {
  override readonly name = "DirectoryInUseError";
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Locks a directory for this process until `release` or the end of the process.
 *
 * The kernel holds the lock: a SQLite file opened exclusively, because Node has no other lock without a native module.
 * Therefore `kill -9` releases it, and a reused process id cannot keep it. Two containers that share the directory
 * exclude each other, although neither sees the processes of the other.
 * `owner.json` only makes the error message readable.
 *
 * @throws DirectoryInUseError when another live process holds it.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const held = openExclusively(join(directory, "lock"));
  if (!held) throw new DirectoryInUseError(await refusal(directory));

  const ownerFile = join(directory, "owner.json");
  await writeFile(ownerFile, `${JSON.stringify({ pid: process.pid, startedAt: new Date().toISOString() })}\n`);
  return {
    async release() {
      if (!held.isOpen) return;
      await rm(ownerFile, { force: true });
      held.close();
    },
  };
}

/** Returns null when another process has locked the file. Never waits. */
function openExclusively(file: string): DatabaseSync | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // No journal, because nothing is written and a journal file would be left behind.
    database.exec("pragma locking_mode = exclusive; pragma journal_mode = off; begin exclusive");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes("database is locked")) return null;
    throw error;
  }
}

async function refusal(directory: string): Promise<string> {
  const owner = await readFile(join(directory, "owner.json"), "utf8")
    .then((text): { pid?: unknown; startedAt?: unknown } => JSON.parse(text))
    .catch(() => null);
  const who = owner ? ` (process ${owner.pid}, since ${owner.startedAt})` : "";
  return `${directory} is in use by another running Berth${who}. Stop that one first, or give this one another data directory.`;
}
