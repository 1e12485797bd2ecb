import { randomUUID } from "node:crypto";
import { type NewEvent, type StoredEvent, workspaceStatusChanged, workspaceUpdated } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { openListener } from "../notify.ts";
import { openTestRows } from "../testing/rows.ts";
import { inTransaction } from "../transaction.ts";
import { appendEvents, type EventFilter, lastSequence, listEvents } from "./events.ts";

const ID = randomUUID();
/** The generation identifies the event. */
const event = (orgId: string, generation = 0, id = ID): NewEvent =>
  workspaceStatusChanged({ id, orgId, status: "online", generation });
const numberOf = ({ data }: StoredEvent): number | null => ("generation" in data ? data.generation : null);

describe("event log", () => {
  test("a reader that follows by sequence misses no event when a transaction commits late", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const appended = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const late = inTransaction(db, async (tx) => {
      await appendEvents(tx, [event(orgId, 1)]);
      appended.resolve();
      await mayCommit.promise;
    });
    await appended.promise;
    // The second writer must wait for the first. Otherwise readers would skip a lower sequence that commits later.
    const quick = inTransaction(db, (tx) => appendEvents(tx, [event(orgId, 2)]));
    let seenBefore: Awaited<ReturnType<typeof listEvents>>;
    try {
      const waiting = `select 1 from pg_locks join pg_database on pg_database.oid = database
        where datname = current_database() and locktype = 'advisory' and not granted`;
      await expect.poll(async () => (await rows.pool.query(waiting)).rowCount).toBe(1);
      seenBefore = await listEvents(db, { orgId, after: 0, limit: 10 });
      expect(seenBefore).toEqual([]);
    } finally {
      mayCommit.resolve();
    }
    await Promise.all([late, quick]);
    const seen = await listEvents(db, { orgId, after: seenBefore.at(-1)?.sequence ?? 0, limit: 10 });
    expect(seen.map(numberOf)).toEqual([1, 2]);
  });

  test("pages backwards from the newest event and filters by type", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const all = Array.from({ length: 5 }, (_, number) => event(orgId, number));
    await appendEvents(db, [...all, workspaceUpdated({ id: ID, orgId })]);
    const numbers = async (filter: Partial<EventFilter>) => {
      const page = await listEvents(db, { orgId, after: 0, limit: 2, order: "desc", ...filter });
      return { numbers: page.map(numberOf), oldest: page.at(-1)?.sequence };
    };
    const newest = await numbers({});
    expect(newest.numbers).toEqual([null, 4]);
    expect((await numbers({ before: newest.oldest })).numbers).toEqual([3, 2]);
    expect((await numbers({ types: ["workspace.status_changed"] })).numbers).toEqual([4, 3]);
    expect((await numbers({ types: ["workspace.updated"], before: newest.oldest })).numbers).toEqual([]);
  });

  test("a reader sees every event of twelve concurrent writers once, in order", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const total = 12 * 15;
    const write = async (writer: number) => {
      for (let index = 0; index < 15; index += 1) {
        await inTransaction(db, async (tx) => {
          await appendEvents(tx, [event(orgId, writer * 100 + index)]);
          // Some transactions hold their sequence for a while before they commit; others roll back.
          if (index % 5 === 0) await tx.execute("select pg_sleep(0.005)");
        });
        await inTransaction(db, async (tx) => {
          await appendEvents(tx, [event(orgId, -1)]);
          throw new Error("rolled back");
        }).catch(() => {});
      }
    };
    const writing = Promise.all(Array.from({ length: 12 }, (_, writer) => write(writer)));
    const seen: number[] = [];
    let after = 0;
    const read = async () => {
      for (const event of await listEvents(db, { orgId, after, limit: 7 })) {
        expect(event.sequence).toBeGreaterThan(after);
        after = event.sequence;
        seen.push(numberOf(event) ?? -1);
      }
      return seen.length;
    };
    await expect.poll(read, { timeout: 30_000, interval: 1 }).toBe(total);
    await writing;
    expect(await read()).toBe(total);
    expect(await lastSequence(db)).toBe(after);
    for (let writer = 0; writer < 12; writer += 1) {
      const own = seen.filter((each) => Math.floor(each / 100) === writer).map((each) => each % 100);
      expect(own).toEqual(Array.from({ length: 15 }, (_, index) => index));
    }
  });

  test("separates orgs and workspaces", async () => {
    await using rows = await openTestRows();
    const { db, orgId } = rows;
    const workspaceId = randomUUID();
    await appendEvents(db, [event(orgId), event(orgId, 0, workspaceId), event(randomUUID())]);
    expect(await listEvents(db, { orgId, after: 0, limit: 10 })).toHaveLength(2);
    expect(await listEvents(db, { orgId, after: 0, workspaceId, limit: 10 })).toHaveLength(1);
  });

  test("wakes a listener after the commit, again after a reconnect, and not after close", async () => {
    await using rows = await openTestRows();
    const { db, orgId, pool } = rows;
    const listener = await openListener(pool);
    const readAt: number[] = [];
    listener.on("berth_events", () => {
      void listEvents(db, { orgId, after: 0, limit: 100 }).then((events) => readAt.push(events.length));
    });
    await appendEvents(db, [event(orgId)]);
    await expect.poll(() => readAt).toEqual([1]);
    await pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'",
    );
    // It is called once after a reconnect, because notifications may have been lost.
    await expect.poll(() => readAt.length, { timeout: 5_000 }).toBe(2);
    await appendEvents(db, [event(orgId)]);
    await expect.poll(() => readAt.at(-1)).toBe(2);
    await listener.close();
  });
});
