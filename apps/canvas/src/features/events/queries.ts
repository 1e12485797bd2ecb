"use client";

import type { BerthEvent } from "@berth/domain";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { onLiveEvent } from "#shared/live/live-events.tsx";
import { EVENT_FILTERS, type EventFilterName, passes } from "./event-text.ts";
import { newestFirst } from "./newest-first.ts";

const PAGE = 100;

/** A workspace's events, newest first: pages back in time, preceded by live ones. */
export function useEvents(workspaceId: string, filter: EventFilterName) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const live = useLiveEvents(workspaceId);
  const types = filter === "all" ? {} : { types: [...EVENT_FILTERS[filter].types] };
  const input = { workspaceId, limit: PAGE, order: "desc" as const, ...types };
  const pages = useInfiniteQuery({
    queryKey: [...trpc.events.list.queryKey(input), "back in time"],
    queryFn: ({ pageParam, signal }) =>
      client.events.list.query({ ...input, ...(pageParam === null ? {} : { before: pageParam }) }, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ items }) => (items.length < PAGE ? null : (items.at(-1)?.sequence ?? null)),
    // The cache misses events that happened while this query was inactive.
    staleTime: 0,
    gcTime: 0,
  });
  const known = pages.data?.pages.flatMap(({ items }) => items);
  return {
    pages,
    events:
      known &&
      newestFirst(
        live.filter((event) => passes(filter, event)),
        known,
      ),
  };
}

/** Live events while the tab is mounted, from the page's single stream. */
function useLiveEvents(workspaceId: string): readonly BerthEvent[] {
  const [events, setEvents] = useState<readonly BerthEvent[]>([]);
  useEffect(
    () =>
      onLiveEvent((event) => {
        if (event.workspaceId === workspaceId) setEvents((before) => [...before, event]);
      }),
    [workspaceId],
  );
  return events;
}
