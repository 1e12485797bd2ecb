import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isMigrated, migrateDatabase } from "./migrate.ts";
import { readMigrations } from "./migration-files.ts";
import { createPool } from "./pool.ts";
import { createEmptyTestDatabase, type TestDatabase } from "./testing/index.ts";
import { ROWS_OF_EVERY_KIND } from "./testing/rows-of-every-kind.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../drizzle", import.meta.url));
const migrations = await readMigrations(MIGRATIONS);

let directory: string;
let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-upgrade-"));
  database = await createEmptyTestDatabase();
  pool = createPool(database.url);
});

afterEach(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Applies the first `count` migrations. */
async function migrateAsOf(count: number): Promise<void> {
  await cp(MIGRATIONS, directory, { recursive: true });
  const file = join(directory, "meta/_journal.json");
  const journal = JSON.parse(await readFile(file, "utf8")) as { entries: { tag: string }[] };
  for (const { tag } of journal.entries.splice(count)) await rm(join(directory, `${tag}.sql`));
  await writeFile(file, JSON.stringify(journal));
  await migrateDatabase(pool, { directory });
}

async function columnsByTable(): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ table_name: string; columns: string[] }>(`
    select table_name, array_agg(column_name::text) as columns from information_schema.columns
    where table_schema = 'public' group by 1`);
  return new Map(rows.map(({ table_name, columns }) => [table_name, columns]));
}

/** Inserts rows into every table of the current schema. @returns the filled columns by table. */
async function fill(): Promise<Map<string, string[]>> {
  const schema = await columnsByTable();
  const filled = new Map<string, string[]>();
  for (const [table, rows] of Object.entries(ROWS_OF_EVERY_KIND)) {
    const columns = schema.get(table)?.filter((column) => column in (rows[0] ?? {}));
    if (!columns) continue;
    const list = columns.map((column) => `"${column}"`).join(", ");
    await pool.query(`insert into ${table} (${list}) select ${list} from json_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
    filled.set(table, columns);
  }
  return filled;
}

async function read(tables: Map<string, string[]>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [table, columns] of tables) {
    const list = columns.map((column) => `"${column}"`).join(", ");
    const { rows } = await pool.query<{ row: string }>(
      `select to_json(r)::text as row from (select ${list} from ${table}) r order by 1`,
    );
    found[table] = rows.map(({ row }) => row);
  }
  return found;
}

describe("upgrade to the newest schema", () => {
  test.each(migrations.map(({ name }, index) => ({ name, count: index + 1 })))(
    "from $name keeps every row and value",
    async ({ count }) => {
      await migrateAsOf(count);
      const filled = await fill();
      const before = await read(filled);
      expect(Object.values(before).filter((rows) => rows.length === 0)).toEqual([]);
      const { applied } = await migrateDatabase(pool);
      expect(applied).toEqual(migrations.slice(count).map(({ name }) => name));
      expect(await isMigrated(pool)).toBe(true);
      expect(await read(filled)).toEqual(before);
    },
  );

  test("is tested with every table and every column", async () => {
    await migrateDatabase(pool);
    await fill();
    const empty: string[] = [];
    for (const [table, columns] of await columnsByTable()) {
      for (const column of columns) {
        const { rowCount } = await pool.query(`select 1 from ${table} where "${column}" is not null limit 1`);
        if (rowCount === 0) empty.push(`${table}.${column}`);
      }
    }
    expect(empty).toEqual([]);
  });
});
