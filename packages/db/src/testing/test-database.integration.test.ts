import { describe, expect, test } from "vitest";
import { isMigrated } from "../migrate.ts";
import { createPool } from "../pool.ts";
import { createTestDatabase } from "./index.ts";

describe("test database", () => {
  test("is migrated, isolated and dropped afterwards", async () => {
    const databases = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
    const pools = databases.map(({ url }) => createPool(url));
    for (const pool of pools) {
      expect(await isMigrated(pool)).toBe(true);
      // Fails on the second pool if both use the same database.
      await pool.query("create table only_here (n int)");
    }
    for (const pool of pools) await pool.end();
    for (const database of databases) await database[Symbol.asyncDispose]();

    const late = createPool(databases[0]?.url ?? "");
    await expect(late.query("select 1")).rejects.toThrow(/does not exist/);
    await late.end();
  });

  test("is dropped despite open connections, and the pool survives", async () => {
    const database = await createTestDatabase();
    const lost: Error[] = [];
    const pool = createPool(database.url, { onError: (error) => lost.push(error) });
    await pool.query("select 1");
    await database[Symbol.asyncDispose]();
    await expect.poll(() => lost.length).toBe(1);
    await pool.end();
  });
});

describe("database pool", () => {
  test("sets a statement timeout and its application name", async () => {
    await using database = await createTestDatabase();
    const pool = createPool(database.url, { applicationName: "berth-pool-test", max: 1 });
    const { rows } = await pool.query(
      "select current_setting('application_name') as name, current_setting('statement_timeout') as timeout",
    );
    expect(rows).toEqual([{ name: "berth-pool-test", timeout: "30s" }]);
    await pool.end();
  });
});
