"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { cursorOf } from "#shared/api/cursor.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";

const PAGE = 20;

/** Operations of a workspace, the latest first, a page at a time. */
export function useActivity(workspaceId: string) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const input = { workspaceId, limit: PAGE };
  return useInfiniteQuery({
    queryKey: trpc.operations.list.infiniteQueryKey(input),
    // Asked by hand: the ready-made options send a `direction`, which strict inputs refuse.
    queryFn: ({ pageParam, signal }) => client.operations.list.query({ ...input, ...cursorOf(pageParam) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}
