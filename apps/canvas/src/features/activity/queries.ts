"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { cursorOf } from "#shared/api/cursor.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";

const PAGE = 20;

/** Pages of a workspace's operations, newest first. */
export function useActivity(workspaceId: string) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const input = { workspaceId, limit: PAGE };
  return useInfiniteQuery({
    queryKey: trpc.operations.list.infiniteQueryKey(input),
    // Written by hand because the generated options send a `direction`, which strict inputs reject.
    queryFn: ({ pageParam, signal }) => client.operations.list.query({ ...input, ...cursorOf(pageParam) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}
