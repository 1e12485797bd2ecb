import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type Database, isDatabaseUnavailable } from "./database.ts";
import { patchWorkspace } from "./repositories/workspaces.ts";
import { openTestRows } from "./testing/rows.ts";
import { inTransaction } from "./transaction.ts";

/** Blocks callers until `count` of them have arrived. Later callers are not blocked. */
function meetingPoint(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let there = 0;
  return () => {
    there += 1;
    if (there === count) all.resolve();
    return all.promise;
  };
}

describe("transaction conflicts", () => {
  test("a deadlock is retried and both transactions commit once", async () => {
    await using rows = await openTestRows();
    const { db } = rows;
    const [one, other] = [await rows.workspace({ tier: 0 }), await rows.workspace({ tier: 0 })];
    const bothHoldOne = meetingPoint(2);
    let attempts = 0;
    const raise = (tx: Database, id: string) =>
      tx.execute(`update workspaces set tier = tier + 1 where id = '${id}' returning tier`);
    const inOrder = (first: string, second: string) =>
      inTransaction(db, async (tx) => {
        attempts += 1;
        await raise(tx, first);
        await bothHoldOne();
        await raise(tx, second);
      });
    await Promise.all([inOrder(one.id, other.id), inOrder(other.id, one.id)]);
    // Postgres aborted one of them, which was retried.
    expect(attempts).toBe(3);
    const { rows: tiers } = await db.execute("select tier from workspaces order by id");
    expect(tiers).toEqual([{ tier: 2 }, { tier: 2 }]);
  });

  test("a serialization failure is retried, and reported after five attempts", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const { id } = await rows.workspace({ tier: 1 });
    let attempts = 0;
    const loseTimes = (times: number) =>
      inTransaction(
        db,
        async (tx) => {
          attempts += 1;
          await tx.execute("select 1");
          if (attempts <= times) await patchWorkspace(db, orgId, id, { tier: attempts });
          await patchWorkspace(tx, orgId, id, { name: "mine" });
        },
        { isolationLevel: "repeatable read" },
      );
    await loseTimes(2);
    expect(attempts).toBe(3);
    attempts = 0;
    await expect(loseTimes(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ cause: { code: "40001" } });
    expect(attempts).toBe(5);
  });

  test("other errors are not retried", async () => {
    await using rows = await openTestRows();
    let attempts = 0;
    const failed = inTransaction(rows.db, async (tx) => {
      attempts += 1;
      await tx.execute("select 1 / 0");
    });
    await expect(failed).rejects.toThrow();
    expect(attempts).toBe(1);
  });
});

test.each([
  ["by an administrator", "select pg_terminate_backend(pg_backend_pid())"],
  ["for its idle time, as after a clock was set ahead", "set idle_in_transaction_session_timeout = 1"],
])(
  "a connection that Postgres terminates %s during a transaction counts as an unreachable database",
  async (_, statement) => {
    await using rows = await openTestRows();
    const ended = once(rows.pool, "remove");
    const failed: unknown = await inTransaction(rows.db, async (tx) => {
      await tx.execute(statement).catch(() => {});
      await ended;
      throw new Error("so it is undone");
    }).catch((error: unknown) => error);
    expect([isDatabaseUnavailable(failed), String(failed)]).toMatchObject([true, expect.stringContaining("rollback")]);
  },
);

test("a statement timeout, as after a clock was set ahead, counts as an unreachable database", async () => {
  await using rows = await openTestRows();
  const failed: unknown = await inTransaction(rows.db, async (tx) => {
    await tx.execute("set local statement_timeout = 50");
    await tx.execute("select pg_sleep(10)");
  }).catch((error: unknown) => error);
  expect(isDatabaseUnavailable(failed)).toBe(true);
});
