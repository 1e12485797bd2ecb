import { eventsTrimmedTo, lastSequence, listEventPage, listEvents as listRows } from "@berth/db";
import {
  type Actor,
  type BerthEvent,
  DomainError,
  FEED_STARTED,
  FEED_TRIMMED,
  LIMITS,
  type ListEventsInput,
} from "@berth/domain";
import { isStillAdmitted } from "../access/authenticate.ts";
import type { Deps } from "../deps.ts";

/** `trimmedTo`: events up to this sequence were removed by retention. An `after` below it has missed some. */
export async function listEvents(deps: Deps, actor: Actor, input: ListEventsInput) {
  const { items, trimmedTo } = await listEventPage(deps.db, {
    orgId: actor.orgId,
    after: input.after ?? 0,
    before: input.before,
    order: input.order,
    types: input.types,
    workspaceId: input.workspaceId,
    limit: input.limit,
  });
  return { items, last: items.at(-1)?.sequence ?? input.after ?? 0, trimmedTo };
}

/** The backstop behind NOTIFY: so long may an event at most be late. */
const POLL_MS = 15_000;

/**
 * Every event after `after`, or from now on, until the signal ends it. The table is the truth; a notification only
 * says that it is time to read. A subscriber that starts now gets the current sequence first, so that a connection that
 * breaks before the first event loses nothing. One whose `after` is older than what is kept gets `feed.trimmed` first.
 *
 * @throws DomainError `unauthenticated` once the token that opened it is revoked.
 */
export async function* followEvents(
  deps: Deps,
  actor: Actor,
  filter: { after?: number | undefined; workspaceId?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<BerthEvent> {
  let wake = () => {};
  let noticed = false;
  let isFirstRead = true;
  let cursor = filter.after ?? (await lastSequence(deps.db));
  const unsubscribe = deps.listener.on("berth_events", () => {
    noticed = true;
    wake();
  });
  try {
    if (filter.after === undefined) {
      yield { ...atSequence(cursor), type: FEED_STARTED };
    }
    while (!signal.aborted) {
      noticed = false;
      if (!(await isStillAdmitted(deps, actor))) throw new DomainError("unauthenticated", "This token was revoked.");
      const events = await listRows(deps.db, {
        orgId: actor.orgId,
        after: cursor,
        workspaceId: filter.workspaceId,
        limit: LIMITS.listLimitMax,
      });
      if (isFirstRead) {
        isFirstRead = false;
        // Asked after the read: what is removed between the two is noticed.
        const trimmedTo = await eventsTrimmedTo(deps.db);
        if (cursor < trimmedTo) {
          cursor = trimmedTo;
          yield { ...atSequence(cursor), type: FEED_TRIMMED };
          continue;
        }
      }
      for (const event of events) {
        yield event;
        cursor = event.sequence;
      }
      if (events.length === 0 && !noticed) {
        await pause(signal, (resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unsubscribe();
  }
}

/** What stands in no table. */
const atSequence = (sequence: number) => ({ sequence, workspaceId: null, at: new Date().toISOString(), data: {} });

function pause(signal: AbortSignal, onWake: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    // It tells of its abort once: whoever listens later hears nothing.
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, POLL_MS);
    signal.addEventListener("abort", done, { once: true });
    onWake(done);
  });
}
