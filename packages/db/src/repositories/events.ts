import type { EventType, NewEvent, StoredEvent } from "@berth/domain";
import { and, asc, desc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { events, installation } from "../schema/index.ts";

/** An arbitrary key, unique among the advisory locks of this database. */
const APPEND_LOCK = 0x62657274;

/**
 * Appends under a lock that is held until the transaction ends, so that sequence order is commit order. Otherwise a
 * late commit could insert an event behind the cursor of a reader. `inTransaction` calls it last.
 */
export async function appendEvents(db: Database, added: readonly NewEvent[]): Promise<void> {
  if (added.length === 0) return;
  await db.execute(sql`select pg_advisory_xact_lock(${APPEND_LOCK})`);
  await db.insert(events).values([...added]);
  await db.execute(sql`select pg_notify('berth_events', '')`);
}

export interface EventFilter {
  orgId: string;
  after: number;
  before?: number | undefined;
  workspaceId?: string | undefined;
  types?: readonly EventType[] | undefined;
  order?: "asc" | "desc" | undefined;
  limit: number;
}

export async function listEvents(db: Database, filter: EventFilter): Promise<StoredEvent[]> {
  return (await selectEvents(db, filter)).map(present);
}

/**
 * Reads a page and the trim mark in one statement. With two statements, events could be trimmed in between unnoticed.
 */
export async function listEventPage(
  db: Database,
  filter: EventFilter,
): Promise<{ items: StoredEvent[]; trimmedTo: number }> {
  const page = selectEvents(db, filter).as("page");
  const order = filter.order === "desc" ? desc(page.sequence) : asc(page.sequence);
  // A left join, so that the mark is returned even when the page is empty.
  const rows = await db.select().from(installation).leftJoin(page, sql`true`).orderBy(order);
  return {
    items: rows.flatMap(({ page: event }) => (event ? [present(event)] : [])),
    trimmedTo: rows[0]?.installation.eventsTrimmedTo ?? 0,
  };
}

/** The cast is safe, because only `appendEvents` writes rows, from typed events. */
const present = ({ orgId: _, at, ...row }: typeof events.$inferSelect): StoredEvent =>
  ({ ...row, at: at.toISOString() }) as StoredEvent;

function selectEvents(db: Database, filter: EventFilter) {
  return db
    .select()
    .from(events)
    .where(
      and(
        eq(events.orgId, filter.orgId),
        gt(events.sequence, filter.after),
        filter.before === undefined ? undefined : lt(events.sequence, filter.before),
        filter.workspaceId ? eq(events.workspaceId, filter.workspaceId) : undefined,
        filter.types ? inArray(events.type, [...filter.types]) : undefined,
      ),
    )
    .orderBy(filter.order === "desc" ? desc(events.sequence) : asc(events.sequence))
    .limit(filter.limit);
}

/** Retention has deleted every event up to this sequence. */
export async function eventsTrimmedTo(db: Database): Promise<number> {
  const [row] = await db.select({ to: installation.eventsTrimmedTo }).from(installation);
  return row?.to ?? 0;
}

export async function lastSequence(db: Database): Promise<number> {
  const [row] = await db.select({ last: sql<string>`coalesce(max(${events.sequence}), 0)` }).from(events);
  return Number(row?.last ?? 0);
}
