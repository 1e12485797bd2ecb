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
import { isTokenLive } from "../access/authenticate.ts";
import type { Deps } from "../deps.ts";

/** @returns `trimmedTo`: retention has removed the events up to this sequence, so an `after` below it misses some. */
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

/** The fallback for lost notifications. An event is at most this late. */
const POLL_MS = 15_000;

/**
 * Yields the events after `after`, or new ones, until the signal aborts. Events come from the table; a notification
 * only triggers a read. Without `after`, the current sequence comes first, so that a connection that breaks before the
 * first event loses nothing. If events after `after` were already removed, `feed.trimmed` comes first.
 *
 * @throws DomainError `unauthenticated` once the subscriber's token is revoked
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
      if (!(await isTokenLive(deps, actor))) throw new DomainError("unauthenticated", "This token was revoked.");
      const events = await listRows(deps.db, {
        orgId: actor.orgId,
        after: cursor,
        workspaceId: filter.workspaceId,
        limit: LIMITS.listLimitMax,
      });
      if (isFirstRead) {
        isFirstRead = false;
        // Read after the events, so that a removal between the two reads is detected.
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

/** The common fields of an event that is not stored. */
const atSequence = (sequence: number) => ({ sequence, workspaceId: null, at: new Date().toISOString(), data: {} });

function pause(signal: AbortSignal, onWake: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    // A signal emits `abort` only once, so a listener added afterwards would never run.
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
