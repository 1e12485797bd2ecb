"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { cursorOf } from "#shared/api/cursor.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";

const PAGE = 100;

export function useWorkspaceList(search: string) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const input = { limit: PAGE, ...(search === "" ? {} : { search }) };
  return useInfiniteQuery({
    queryKey: trpc.workspaces.list.infiniteQueryKey(input),
    // Asked by hand: the ready-made options send a `direction`, which strict inputs refuse.
    queryFn: ({ pageParam, signal }) => client.workspaces.list.query({ ...input, ...cursorOf(pageParam) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}
