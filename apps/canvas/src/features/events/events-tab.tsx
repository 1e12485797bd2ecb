"use client";

import type { BerthEvent, Workspace } from "@berth/domain";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Radio } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { useConnection } from "#shared/live/connection-store.ts";
import { useKept } from "#shared/storage/use-kept.ts";
import { count, formatAgo, formatDateTime } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { EmptyState } from "#shared/ui/empty-state.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { CONTROL } from "#shared/ui/field.tsx";
import { SkeletonLines } from "#shared/ui/skeleton.tsx";
import { EVENT_FILTERS, type EventFilterName, type EventTone, eventText, eventTone } from "./event-text.ts";
import { useEvents } from "./queries.ts";

const FILTER_NAMES = Object.keys(EVENT_FILTERS) as EventFilterName[];

/** The live events of a workspace. */
export function EventsTab({ workspace }: { workspace: Workspace }) {
  const [filter, setFilter] = useKept<EventFilterName>(`events:${workspace.id}`, FILTER_NAMES, "all");
  const filterId = useId();
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center gap-2 border-b border-line px-4 py-2">
        <label htmlFor={filterId} className="text-[13px] font-medium">
          Show
        </label>
        <select
          id={filterId}
          value={filter}
          onChange={(event) => setFilter(event.target.value as EventFilterName)}
          className={cx(CONTROL, "h-8 min-w-0 pr-8")}
        >
          {FILTER_NAMES.map((name) => (
            <option key={name} value={name}>
              {EVENT_FILTERS[name].label}
            </option>
          ))}
        </select>
        <LiveMark />
      </div>
      <Events key={filter} workspaceId={workspace.id} filter={filter} />
    </div>
  );
}

function LiveMark() {
  const isLive = useConnection() === "connected";
  return (
    <p className="ml-auto flex items-center gap-1.5 text-[13px] text-ink-soft">
      <span aria-hidden className={cx("size-2 rounded-full", isLive ? "bg-ok" : "bg-warn")} />
      {isLive ? "Live" : "Reconnecting…"}
    </p>
  );
}

function Events({ workspaceId, filter }: { workspaceId: string; filter: EventFilterName }) {
  const { pages, events } = useEvents(workspaceId, filter);
  if (!events) {
    return pages.error ? (
      <ErrorNotice
        className="m-4"
        error={pages.error}
        onRetry={() => void pages.refetch()}
        isRetrying={pages.isFetching}
      />
    ) : (
      <div className="p-4">
        <SkeletonLines lines={8} label="Loading events" />
      </div>
    );
  }
  if (events.length === 0) {
    return (
      <EmptyState icon={<Radio aria-hidden />} title="No events yet">
        Events of this workspace appear here as they happen.
      </EmptyState>
    );
  }
  return (
    <EventList
      events={events}
      hasOlder={pages.hasNextPage}
      isLoadingOlder={pages.isFetchingNextPage}
      error={pages.isFetchNextPageError ? pages.error : null}
      onOlder={() => void pages.fetchNextPage()}
    />
  );
}

interface EventListProps {
  events: readonly BerthEvent[];
  hasOlder: boolean;
  isLoadingOlder: boolean;
  error: unknown;
  onOlder: () => void;
}

const LINE_HEIGHT = 37;
const AT_TOP_PIXELS = 8;

/** Renders only the visible rows. While the user reads further down, new events wait at the top for a click. */
function EventList({ events, hasOlder, isLoadingOlder, error, onOlder }: EventListProps) {
  const scroller = useRef<HTMLElement>(null);
  const [heldAt, setHeldAt] = useState<number | null>(null);
  const shown = heldAt === null ? events : events.filter(({ sequence }) => sequence <= heldAt);
  const held = events.length - shown.length;

  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 15,
    getItemKey: (index) => shown[index]?.sequence ?? index,
  });
  const lines = virtual.getVirtualItems();
  const isAtEnd = (lines.at(-1)?.index ?? 0) >= shown.length - 1;
  const wantsOlder = isAtEnd && hasOlder && !isLoadingOlder && !error;
  useEffect(() => {
    if (wantsOlder) onOlder();
  }, [wantsOlder, onOlder]);

  const onScroll = () => {
    const isAtTop = (scroller.current?.scrollTop ?? 0) <= AT_TOP_PIXELS;
    setHeldAt((before) => (isAtTop ? null : (before ?? events[0]?.sequence ?? null)));
  };

  return (
    <div className="relative min-h-0 flex-1">
      {held > 0 && (
        <Button
          size="small"
          className="absolute top-2 left-1/2 z-10 -translate-x-1/2 shadow-float"
          onClick={() => {
            setHeldAt(null);
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          Show {count(held, "new event")}
        </Button>
      )}
      <section
        ref={scroller}
        aria-label="Events"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the list.
        tabIndex={0}
        onScroll={onScroll}
        className="h-full overflow-y-auto -outline-offset-2"
      >
        <ol aria-label="Events, newest first" className="relative" style={{ height: virtual.getTotalSize() }}>
          {lines.map(({ index, key, start }) => {
            const event = shown[index];
            return (
              event && (
                <li
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  aria-posinset={index + 1}
                  aria-setsize={hasOlder ? -1 : shown.length}
                  style={{ transform: `translateY(${start}px)` }}
                  className="absolute inset-x-0 top-0 flex items-baseline gap-3 border-b border-line px-4 py-2"
                >
                  <EventLine event={event} />
                </li>
              )
            );
          })}
        </ol>
        {isLoadingOlder && (
          <p role="status" className="p-3 text-center text-ink-soft">
            Loading older events…
          </p>
        )}
        {Boolean(error) && <ErrorNotice className="m-3" error={error} onRetry={onOlder} />}
      </section>
    </div>
  );
}

const DOTS: Record<EventTone, string> = { plain: "bg-line-strong", good: "bg-ok", bad: "bg-bad" };

const EventLine = ({ event }: { event: BerthEvent }) => (
  <>
    <span aria-hidden className={cx("size-2 shrink-0 rounded-full", DOTS[eventTone(event)])} />
    <p className="min-w-0 flex-1 break-words" title={`${event.type}, sequence ${event.sequence}`}>
      {eventText(event)}
    </p>
    <time
      dateTime={event.at}
      title={formatDateTime(event.at)}
      className="shrink-0 text-[13px] text-ink-faint tabular-nums"
    >
      <Ago at={event.at} />
    </time>
  </>
);

const Ago = ({ at }: { at: string }) => <>{formatAgo(at, useServerNow())}</>;
