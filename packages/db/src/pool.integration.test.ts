import { describe, expect, test } from "vitest";
import { openTestRows } from "./testing/rows.ts";
import { inTransaction } from "./transaction.ts";

describe("a broken database connection", () => {
  test.each(["between two statements", "during a statement"])(
    "in a transaction, %s: the transaction fails, the process survives, and the pool serves the next one",
    async (moment) => {
      await using rows = await openTestRows({ max: 2 });
      const { db, pool } = rows;
      for (let cut = 0; cut < 5; cut += 1) {
        const failed = inTransaction(db, async (tx) => {
          const { rows: found } = await tx.execute<{ pid: number }>("select pg_backend_pid() as pid");
          const statement = moment === "during a statement" ? tx.execute("select pg_sleep(10)") : null;
          statement?.catch(() => {});
          await pool.query("select pg_terminate_backend($1, 5000)", [found[0]?.pid]);
          await statement;
          await tx.execute("select 1");
        });
        await expect(failed).rejects.toThrow();
      }
      expect(await inTransaction(db, (tx) => tx.execute("select 1 as n"))).toMatchObject({ rows: [{ n: 1 }] });
    },
  );

  test("before the begin of a transaction does not occupy a slot in the pool", async () => {
    await using rows = await openTestRows({ max: 2 });
    const { db, pool } = rows;
    for (let cut = 0; cut < 5; cut += 1) {
      const client = await pool.connect();
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      client.release();
      await inTransaction(db, (tx) => tx.execute("select 1")).catch(() => {});
    }
    expect(await inTransaction(db, (tx) => tx.execute("select 1 as n"))).toMatchObject({ rows: [{ n: 1 }] });
  });
});
