import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { eraseOrders, events, incarnations, installation, operations, volumes, workspaces } from "../schema/index.ts";
import { inTransaction } from "../transaction.ts";

export interface RecordRetention {
  eventsKeptDays: number;
  eventsKeptMin: number;
  operationsKeptDays: number;
  operationsKeptMin: number;
  deletedWorkspacesKeptDays: number;
}

export interface Trimmed {
  events: number;
  operations: number;
  workspaces: number;
}

/** Limits the rows of one transaction, so that other writers do not wait for it. */
const BATCH_ROWS_MAX = 2000;
/** Limits the batches of one call. The rest follows in the next call, even if the clock was set ahead by mistake. */
const BATCHES_MAX = 20;

/**
 * Deletes records past their retention, oldest first. Never deletes volumes, erase orders or receipts, because they
 * document what happened to data.
 */
export async function trimRecords(db: Database, kept: RecordRetention): Promise<Trimmed> {
  return {
    events: await inBatches(() => trimEvents(db, kept)),
    operations: await inBatches(() => trimOperations(db, kept)),
    workspaces: await inBatches(() => trimWorkspaces(db, kept)),
  };
}

async function inBatches(trim: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const removed = await trim();
    total += removed;
    if (removed < BATCH_ROWS_MAX) break;
  }
  return total;
}

const olderThan = (column: SQL, days: number): SQL => sql`${column} < now() - make_interval(days => ${days})`;

/** Moves the trim mark in the transaction that deletes the events, so that no reader can miss events unnoticed. */
const trimEvents = (db: Database, { eventsKeptDays, eventsKeptMin }: RecordRetention): Promise<number> =>
  inTransaction(db, async (tx) => {
    const { rows } = await tx.execute<{ sequence: string }>(sql`
      delete from ${events} where ${events.sequence} = any (array(
        select sequence from (select sequence, at from ${events} order by sequence limit ${BATCH_ROWS_MAX}) oldest
        where ${olderThan(sql`at`, eventsKeptDays)}
          and sequence <= (select max(sequence) from ${events}) - ${eventsKeptMin}
      )) returning sequence`);
    if (rows.length === 0) return 0;
    const last = Math.max(...rows.map(({ sequence }) => Number(sequence)));
    await tx.update(installation).set({ eventsTrimmedTo: sql`greatest(${installation.eventsTrimmedTo}, ${last})` });
    return rows.length;
  });

async function trimOperations(db: Database, kept: RecordRetention): Promise<number> {
  // Matches the order of the index `operations_newest`.
  const newestKept = sql`(select created_at from ${operations} where org_id = (select org_id from ${installation})
    order by created_at desc nulls last, id desc nulls last offset ${kept.operationsKeptMin} limit 1)`;
  const { rowCount } = await db.execute(sql`
    delete from ${operations} where ${operations.id} = any (array(
      select id from ${operations}
      where finished_at is not null and ${olderThan(sql`finished_at`, kept.operationsKeptDays)}
        and lease_until is null
        and created_at < ${newestKept}
      order by finished_at limit ${BATCH_ROWS_MAX}
    ))`);
  return rowCount ?? 0;
}

/**
 * Deletes only workspaces with nothing left: all volumes erased, no open erase order, operation or incarnation, and
 * no children. Children are deleted first, in an earlier batch or call.
 */
const trimWorkspaces = (db: Database, { deletedWorkspacesKeptDays }: RecordRetention): Promise<number> =>
  inTransaction(db, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      delete from ${workspaces} where ${workspaces.id} in (
        select w.id from ${workspaces} w
        where w.deleted_at is not null and ${olderThan(sql`w.deleted_at`, deletedWorkspacesKeptDays)}
          and not exists (select 1 from ${workspaces} child where child.parent_id = w.id)
          and not exists (select 1 from ${volumes} v where v.workspace_id = w.id and v.state <> 'erased')
          and not exists (select 1 from ${volumes} v where v.id = w.volume_id and v.state <> 'erased')
          and not exists (select 1 from ${eraseOrders} o join ${volumes} v on v.id = o.volume_id
            where v.workspace_id = w.id and o.verified_at is null)
          and not exists (select 1 from ${incarnations} i where i.workspace_id = w.id and i.ended_at is null)
          and not exists (select 1 from ${operations} p where p.workspace_id = w.id and p.finished_at is null)
        order by w.deleted_at limit ${BATCH_ROWS_MAX} for update skip locked
      ) returning id`);
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0)
      await tx.execute(sql`delete from ${incarnations} where workspace_id = any(${sql.param(ids)}::uuid[])`);
    return ids.length;
  });
