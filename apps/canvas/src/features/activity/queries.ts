"use client";

import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
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

const COMMANDS_PAGE = 10;
const COMMANDS_MILLISECONDS = 4_000;

/**
 * Pages of a workspace's commands, newest first. Only commands that outlive their caller have events, so a visible list
 * also polls.
 */
export function useCommands(workspaceId: string, isShown: boolean) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const input = { workspaceId, limit: COMMANDS_PAGE };
  return useInfiniteQuery({
    queryKey: trpc.commands.list.infiniteQueryKey(input),
    queryFn: ({ pageParam, signal }) => client.commands.list.query({ ...input, ...cursorOf(pageParam) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: isShown ? COMMANDS_MILLISECONDS : false,
  });
}

export const useStopCommand = () => useMutation(useTRPC().commands.signal.mutationOptions());
