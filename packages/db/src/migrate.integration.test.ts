import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pool } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isMigrated, migrateDatabase } from "./migrate.ts";
import { createPool } from "./pool.ts";
import { createEmptyTestDatabase, type TestDatabase } from "./testing/index.ts";

const MIGRATOR = fileURLToPath(new URL("./migrate.fixture.ts", import.meta.url));
const FIRST = { tag: "0000_first", when: 1000, sql: "create table first (n int);" };
const SECOND = { tag: "0001_second", when: 2000, sql: "create table second (n int);" };
const THIRD = { tag: "0002_third", when: 3000, sql: "create table third (n int);" };

let directory: string;
let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-migrations-"));
  await mkdir(join(directory, "meta"));
  database = await createEmptyTestDatabase();
  pool = createPool(database.url);
});

afterEach(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function writeMigrations(...migrations: { tag: string; when: number; sql: string }[]): Promise<void> {
  const entries = migrations.map(({ tag, when }, idx) => ({ idx, version: "7", when, tag, breakpoints: true }));
  await writeFile(
    join(directory, "meta/_journal.json"),
    JSON.stringify({ version: "7", dialect: "postgresql", entries }),
  );
  for (const { tag, sql } of migrations) await writeFile(join(directory, `${tag}.sql`), sql);
}

const migrate = () => migrateDatabase(pool, { directory });

async function tables(): Promise<string[]> {
  const { rows } = await pool.query("select tablename from pg_tables where schemaname = 'public' order by 1");
  return rows.map(({ tablename }) => tablename);
}

describe("migrating", () => {
  test("applies missing migrations in order, each once", async () => {
    await writeMigrations(FIRST, SECOND);
    expect(await isMigrated(pool, { directory })).toBe(false);
    expect(await migrate()).toEqual({ applied: [FIRST.tag, SECOND.tag], total: 2 });
    expect(await migrate()).toEqual({ applied: [], total: 2 });
    await writeMigrations(FIRST, SECOND, THIRD);
    expect(await isMigrated(pool, { directory })).toBe(false);
    expect(await migrateDatabase(database.url, { directory })).toEqual({ applied: [THIRD.tag], total: 3 });
    expect(await isMigrated(pool, { directory })).toBe(true);
    expect(await tables()).toEqual(["first", "second", "third"]);
  });

  test("rejects a database that is newer than the code and leaves it unchanged", async () => {
    await writeMigrations(FIRST, SECOND);
    await migrate();
    await rm(join(directory, `${SECOND.tag}.sql`));
    await writeMigrations(FIRST);
    await expect(migrate()).rejects.toThrow(/newer than this version of Berth.*has 2 migrations.*knows 1/);
    expect(await isMigrated(pool, { directory })).toBe(false);
  });

  test("rejects a migration dated before an applied one, which would be skipped", async () => {
    await writeMigrations(FIRST, THIRD);
    await migrate();
    await writeMigrations(FIRST, SECOND, THIRD);
    await expect(migrate()).rejects.toThrow(/0001_second is dated before one that this database already has/);
    expect(await tables()).toEqual(["first", "third"]);
  });

  test("rejects a journal whose dates do not increase, before it changes the database", async () => {
    await writeMigrations(FIRST, { ...SECOND, when: FIRST.when });
    await expect(migrate()).rejects.toThrow(/0001_second is not dated after 0000_first/);
    expect(await tables()).toEqual([]);
  });

  test("rejects a migration that was changed after it ran", async () => {
    await writeMigrations(FIRST, SECOND);
    await migrate();
    await writeMigrations(FIRST, { ...SECOND, sql: "create table other (n int);" });
    await expect(migrate()).rejects.toThrow(/0001_second was changed after/);
    await writeMigrations(FIRST, { ...SECOND, sql: "create table other (n int);" }, THIRD);
    await expect(migrate()).rejects.toThrow(/0001_second was changed after/);
    expect(await tables()).toEqual(["first", "second"]);
  });

  test("rejects a file without a journal entry and an entry without a file", async () => {
    await writeMigrations(FIRST);
    await writeFile(join(directory, "0001_lost.sql"), "select 1;");
    await expect(migrate()).rejects.toThrow(/Not in the journal.*0001_lost/);
    await rm(join(directory, "0001_lost.sql"));
    await rm(join(directory, `${FIRST.tag}.sql`));
    await expect(migrate()).rejects.toThrow(/journal lists 0000_first/);
  });

  test("applies all migrations or none", async () => {
    await writeMigrations(FIRST, { ...SECOND, sql: "create table second (n int); select 1 / 0;" });
    await expect(migrate()).rejects.toThrow();
    expect(await tables()).toEqual([]);
    await writeMigrations(FIRST, SECOND);
    expect((await migrate()).applied).toHaveLength(2);
  });

  test("migrates once when two processes migrate at the same time", async () => {
    // Slow enough for both to run at the same time. It fails if it runs twice.
    await writeMigrations({
      ...FIRST,
      sql: "select pg_sleep(0.5);\n--> statement-breakpoint\ncreate table first (n int);",
    });
    const responses = await Promise.all([runMigrator(), runMigrator()]);
    expect(responses.map(({ applied }) => applied.length).sort()).toEqual([0, 1]);
    expect(await tables()).toEqual(["first"]);
  });
});

async function runMigrator(): Promise<{ applied: string[] }> {
  const child = spawn(process.execPath, [MIGRATOR, database.url, directory], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(child, "close");
  return JSON.parse(output);
}
