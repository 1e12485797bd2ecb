"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

const PAGE = 100;

export const useWorkspaceList = (search: string) =>
  useInfiniteQuery(
    useTRPC().workspaces.list.infiniteQueryOptions(
      { limit: PAGE, ...(search === "" ? {} : { search }) },
      { getNextPageParam: (page) => page.nextCursor ?? undefined, placeholderData: keepPreviousData },
    ),
  );
