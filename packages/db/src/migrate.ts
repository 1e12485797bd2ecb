import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import type { Pool, PoolClient } from "pg";
import { type Migration, MigrationError, readMigrations } from "./migration-files.ts";
import { createPool } from "./pool.ts";

export { MigrationError } from "./migration-files.ts";

export interface MigrateOptions {
  /** The directory of the migration files. */
  directory?: string;
}

export interface MigrateResult {
  /** Names of the migrations that this call applied, in order. */
  applied: string[];
  total: number;
}

const MIGRATIONS_DIRECTORY = fileURLToPath(new URL("../../../drizzle", import.meta.url));
const POSTGRES_VERSION_MIN = 15;
/** An arbitrary key, unique among the advisory locks of this database. */
const LOCK_KEY = 7_215_304_611;
/** How long to wait for another process that is migrating. */
const LOCK_TIMEOUT_MS = 120_000;

/**
 * Migrates the database to the schema of this code: all missing migrations in one transaction, or none. Several
 * processes may call it at the same time: one migrates, the others wait and find nothing to do.
 *
 * @throws MigrationError when a migration was changed after it ran, would be skipped, or when the database is newer
 * than the code. The database stays unchanged.
 */
export async function migrateDatabase(target: string | Pool, options: MigrateOptions = {}): Promise<MigrateResult> {
  const directory = options.directory ?? MIGRATIONS_DIRECTORY;
  const wanted = await readMigrations(directory);
  if (typeof target !== "string") return await withClient(target, (client) => migrateLocked(client, directory, wanted));

  const pool = createPool(target, { max: 1, applicationName: "berth-migrate" });
  try {
    return await withClient(pool, (client) => migrateLocked(client, directory, wanted));
  } finally {
    await pool.end();
  }
}

/** Whether the database has exactly the schema of this code. Used by the readiness check. */
export async function isMigrated(pool: Pool, options: MigrateOptions = {}): Promise<boolean> {
  const wanted = await readMigrations(options.directory ?? MIGRATIONS_DIRECTORY);
  const applied = await readApplied(pool);
  return applied.length === wanted.length && applied.every((row, position) => same(row, wanted[position]));
}

async function migrateLocked(client: PoolClient, directory: string, wanted: Migration[]): Promise<MigrateResult> {
  await rejectOldServer(client);
  // Session settings, because a migration may take longer than a request.
  await client.query(`set statement_timeout = 0; set lock_timeout = ${LOCK_TIMEOUT_MS}`);
  await client.query("select pg_advisory_lock($1)", [LOCK_KEY]);

  const before = await readApplied(client);
  rejectUnknownHistory(before, wanted);
  await migrate(drizzle(client), { migrationsFolder: directory });

  const after = await readApplied(client);
  rejectUnknownHistory(after, wanted);
  const missing = wanted.slice(after.length);
  if (missing.length > 0) throw new MigrationError(`Requested but not applied: ${names(missing)}.`);
  return { applied: wanted.slice(before.length).map(({ name }) => name), total: wanted.length };
}

/** The applied migrations must be a prefix of the known ones: same content, same order. */
function rejectUnknownHistory(applied: AppliedMigration[], wanted: Migration[]): void {
  const agreed = wanted.findIndex((migration, position) => !same(applied[position], migration));
  const firstDifference = agreed === -1 ? wanted.length : agreed;
  if (firstDifference >= applied.length) return;

  const migration = wanted[firstDifference];
  if (!migration) {
    throw new MigrationError(
      `The database is newer than this version of Berth: it has ${applied.length} migrations and this version knows ${wanted.length}. Start the version that created it, or a later one.`,
    );
  }
  if (applied.some((row) => row.createdAt === migration.createdAt)) {
    throw new MigrationError(
      `Migration ${migration.name} was changed after it had been applied to this database. Restore the file, and make the change in a new migration.`,
    );
  }
  throw new MigrationError(
    `Migration ${migration.name} is dated before one that this database already has, so it would be skipped. Generate it again with a new date.`,
  );
}

interface AppliedMigration {
  hash: string;
  createdAt: number;
}

const same = (one: AppliedMigration | undefined, other: AppliedMigration | undefined): boolean =>
  one !== undefined && one.hash === other?.hash && one.createdAt === other.createdAt;

async function readApplied(client: Pool | PoolClient): Promise<AppliedMigration[]> {
  const found = await client.query<{ found: boolean }>(
    "select to_regclass('drizzle.__drizzle_migrations') is not null as found",
  );
  if (!found.rows[0]?.found) return [];
  const { rows } = await client.query<{ hash: string; created_at: string }>(
    "select hash, created_at from drizzle.__drizzle_migrations order by created_at, id",
  );
  return rows.map((row) => ({ hash: row.hash, createdAt: Number(row.created_at) }));
}

async function rejectOldServer(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ server_version: string }>("show server_version");
  const version = rows[0]?.server_version ?? "";
  if (Number.parseInt(version, 10) >= POSTGRES_VERSION_MIN) return;
  throw new MigrationError(`The database is Postgres ${version}. Berth needs ${POSTGRES_VERSION_MIN} or newer.`);
}

const names = (migrations: Migration[]): string => migrations.map(({ name }) => name).join(", ");

async function withClient<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await use(client);
  } finally {
    // Closes the connection, which releases the lock and resets the session settings in every case.
    client.release(true);
  }
}
