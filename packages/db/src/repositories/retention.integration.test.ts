import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTestRows, type TestRows } from "../testing/rows.ts";
import { eventsTrimmedTo, listEvents } from "./events.ts";
import { ensureInstallation } from "./installation.ts";
import { listDurations } from "./operations.ts";
import { type RecordRetention, trimRecords } from "./retention.ts";

const KEPT: RecordRetention = {
  ...{ eventsKeptDays: 90, eventsKeptMin: 10, operationsKeptDays: 90, operationsKeptMin: 10 },
  deletedWorkspacesKeptDays: 90,
};

let rows: TestRows;
let orgId: string;
beforeEach(async () => {
  rows = await openTestRows();
  ({ orgId } = await ensureInstallation(rows.db));
});
afterEach(() => rows[Symbol.asyncDispose]());

const sql = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await rows.pool.query(text, values)).rows as Row[];

const count = async (table: string): Promise<number> =>
  Number((await sql<{ count: string }>(`select count(*) from ${table}`))[0]?.count);

const addEvents = (number: number, ageDays: number, type = "workspace.updated") =>
  sql(
    `insert into events (org_id, type, at, data)
     select $1, $2, now() - make_interval(days => $3), '{}' from generate_series(1, $4)`,
    [orgId, type, ageDays, number],
  );

const addOperations = (number: number, ageDays: number, status = "succeeded") =>
  sql(
    `insert into operations (org_id, workspace_id, kind, status, requested_by, created_at, started_at, finished_at)
     select $1, gen_random_uuid(), 'restart', $2, 'test', at, at, case when $2 = 'queued' then null else at end
     from (select now() - make_interval(days => $3) as at from generate_series(1, $4)) rows`,
    [orgId, status, ageDays, number],
  );

describe("event retention", () => {
  test("deletes old events in batches and moves the trim mark", async () => {
    await addEvents(5000, 91);
    await addEvents(50, 89);
    expect(await eventsTrimmedTo(rows.db)).toBe(0);
    expect((await trimRecords(rows.db, KEPT)).events).toBe(5000);
    expect(await count("events")).toBe(50);
    expect(await eventsTrimmedTo(rows.db)).toBe(5000);
    expect((await trimRecords(rows.db, KEPT)).events).toBe(0);
  });

  test("keeps the newest events regardless of their age", async () => {
    await addEvents(30, 1000);
    expect((await trimRecords(rows.db, KEPT)).events).toBe(20);
    expect(await count("events")).toBe(10);
  });
});

describe("operation retention", () => {
  test("deletes old finished operations, but not open or recent ones", async () => {
    await addOperations(3000, 91);
    await addOperations(5, 91, "queued");
    await addOperations(20, 1, "failed");
    expect((await trimRecords(rows.db, KEPT)).operations).toBe(3000);
    expect(await sql("select status, count(*)::int from operations group by 1 order by 1")).toEqual([
      { status: "failed", count: 20 },
      { status: "queued", count: 5 },
    ]);
  });

  test("keeps the newest operations regardless of their age", async () => {
    await addOperations(6, 1000);
    expect((await trimRecords(rows.db, KEPT)).operations).toBe(0);
  });
});

describe("record of a deleted workspace", () => {
  const deleted = async (ageDays: number, parentId: string | null = null) => {
    const workspace = await rows.workspace({ parentId });
    const volume = await rows.volume({ workspaceId: workspace.id });
    await sql(
      `update workspaces set status = 'deleted', desired = 'deleted', volume_id = $2,
         deleted_at = now() - make_interval(days => $3) where id = $1`,
      [workspace.id, volume.id, ageDays],
    );
    return { id: workspace.id, volumeId: volume.id };
  };
  const receipt = async (volumeId: string) => {
    const id = randomUUID();
    await sql(
      `insert into erase_orders (id, org_id, volume_id, backend, reason, requested_by, confirmed_name, erased_at, verified_at,
         verification, covered, not_covered)
       values ($1, $2, $3, 'memory', 'erase_now', 'test', 'a', now(), now(), 'listed', '[]', '[]')`,
      [id, orgId, volumeId],
    );
    await sql("update volumes set state = 'erased', receipt_id = $2 where id = $1", [volumeId, id]);
  };
  const ids = async () => (await sql<{ id: string }>("select id from workspaces")).map(({ id }) => id);

  test("is deleted once its data is erased and its time is over; the volume and the receipt stay", async () => {
    const gone = await deleted(91);
    await receipt(gone.volumeId);
    await sql(
      "insert into incarnations (workspace_id, generation, backend, ended_at) values ($1, 1, 'memory', now())",
      [gone.id],
    );
    const recent = await deleted(89);
    await receipt(recent.volumeId);
    expect((await trimRecords(rows.db, KEPT)).workspaces).toBe(1);
    expect(await ids()).toEqual([recent.id]);
    expect([await count("volumes"), await count("erase_orders"), await count("incarnations")]).toEqual([2, 2, 0]);
  });

  test.each(["retained", "quarantined", "erasing"])("stays while its volume is %s", async (state) => {
    const { id, volumeId } = await deleted(1000);
    await sql("update volumes set state = $2 where id = $1", [volumeId, state]);
    expect((await trimRecords(rows.db, KEPT)).workspaces).toBe(0);
    expect(await ids()).toEqual([id]);
  });

  test("stays while it has an instance, an open operation or a child", async () => {
    const withMachine = await deleted(1000);
    await sql("insert into incarnations (workspace_id, generation, backend) values ($1, 1, 'memory')", [
      withMachine.id,
    ]);
    const parent = await deleted(1000);
    const child = await deleted(1, parent.id);
    const busy = await deleted(1000);
    await sql("insert into operations (org_id, workspace_id, kind, requested_by) values ($1, $2, 'delete', 'test')", [
      orgId,
      busy.id,
    ]);
    for (const each of [withMachine, parent, child, busy]) await receipt(each.volumeId);
    expect((await trimRecords(rows.db, KEPT)).workspaces).toBe(0);
    expect(await ids()).toHaveLength(4);
  });
});

describe("queries on large tables", () => {
  /** Rows that were read by sequential scans. */
  const walked = async (): Promise<Record<string, number>> => {
    await sql("select pg_stat_force_next_flush()");
    const tables = await sql<{ name: string; rows: number }>(
      "select relname as name, seq_tup_read::int as rows from pg_stat_user_tables where relname in ('events', 'operations')",
    );
    return Object.fromEntries(tables.map(({ name, rows: read }) => [name, read]));
  };

  test("use indexes instead of sequential scans", async () => {
    // Uses a single connection, because each connection flushes only its own statistics.
    await rows[Symbol.asyncDispose]();
    rows = await openTestRows({ max: 1 });
    ({ orgId } = await ensureInstallation(rows.db));
    await addEvents(20_000, 100);
    await addEvents(5, 100, "token.revoked");
    await addEvents(20_000, 1);
    await addOperations(20_000, 1, "failed");
    await addOperations(20_000, 100);
    await sql("vacuum analyze events, operations, workspaces");

    const before = await walked();
    const filter = { orgId, after: 0, types: ["token.revoked" as const], limit: 100 };
    expect(await listEvents(rows.db, filter)).toHaveLength(5);
    expect(await listDurations(rows.db, { orgId, backend: "ec2", newestMax: 1000 })).toEqual([]);
    expect(await trimRecords(rows.db, KEPT)).toMatchObject({ events: 20_005, operations: 20_000 });
    expect(await walked()).toEqual(before);
  });
});
