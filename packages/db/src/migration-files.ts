import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One schema migration, as drizzle-kit wrote it. Drizzle records `hash` and `createdAt` when it applies it. */
export interface Migration {
  name: string;
  hash: string;
  /** Milliseconds since 1970, from the journal. */
  createdAt: number;
}

/** The migrations in a folder or in a database are inconsistent. Stops the start. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

interface JournalEntry {
  idx: number;
  when: number;
  tag: string;
}

/**
 * Reads the migrations in order and rejects a folder that Drizzle would apply only in part. Drizzle runs what is
 * dated after the newest applied migration and silently skips the rest.
 *
 * @throws MigrationError when files and journal differ or the dates do not increase.
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readJournal(directory);
  const onDisk = (await readdir(directory)).filter((name) => name.endsWith(".sql"));
  const listed = new Set(entries.map(({ tag }) => `${tag}.sql`));
  const unlisted = onDisk.filter((name) => !listed.has(name));
  if (unlisted.length > 0) throw new MigrationError(`Not in the journal of migrations: ${unlisted.join(", ")}.`);

  for (const [position, entry] of entries.entries()) {
    const before = entries[position - 1];
    if (before && entry.when <= before.when) {
      throw new MigrationError(
        `Migration ${entry.tag} is not dated after ${before.tag}, so it would be skipped. Generate it again.`,
      );
    }
    if (entry.idx !== position)
      throw new MigrationError(`Migration ${entry.tag} has number ${entry.idx}, not ${position}.`);
  }
  return Promise.all(entries.map((entry) => readMigration(directory, entry)));
}

async function readJournal(directory: string): Promise<JournalEntry[]> {
  const file = join(directory, "meta", "_journal.json");
  try {
    const { entries } = JSON.parse(await readFile(file, "utf8")) as { entries: JournalEntry[] };
    return entries;
  } catch (cause) {
    throw new MigrationError(`The journal of migrations ${file} cannot be read.`, { cause });
  }
}

async function readMigration(directory: string, { tag, when }: JournalEntry): Promise<Migration> {
  const file = join(directory, `${tag}.sql`);
  const sql = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new MigrationError(`The journal lists ${tag}, but ${file} cannot be read.`, { cause });
  });
  return { name: tag, createdAt: when, hash: createHash("sha256").update(sql).digest("hex") };
}
