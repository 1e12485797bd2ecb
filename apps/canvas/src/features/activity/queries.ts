"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

const PAGE = 20;

/** Operations of a workspace, the latest first, a page at a time. */
export const useActivity = (workspaceId: string) =>
  useInfiniteQuery(
    useTRPC().operations.list.infiniteQueryOptions(
      { workspaceId, limit: PAGE },
      { getNextPageParam: (page) => page.nextCursor ?? undefined },
    ),
  );
