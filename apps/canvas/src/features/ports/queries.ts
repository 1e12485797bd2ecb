"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

const PORTS_MILLISECONDS = 4_000;

/** A server that starts has no event, so a visible list polls. */
export function usePorts(workspaceId: string, { isRunning, isShown }: { isRunning: boolean; isShown: boolean }) {
  return useQuery(
    useTRPC().ports.list.queryOptions(
      { workspaceId },
      { enabled: isRunning, refetchInterval: isShown ? PORTS_MILLISECONDS : false },
    ),
  );
}

export function useSharePort() {
  const trpc = useTRPC();
  const onSettled = useRefreshPorts();
  return useMutation(trpc.ports.share.mutationOptions({ onSettled }));
}

export function useRevokeShare() {
  const trpc = useTRPC();
  const onSettled = useRefreshPorts();
  return useMutation(trpc.ports.revoke.mutationOptions({ onSettled }));
}

function useRefreshPorts() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries(trpc.ports.list.pathFilter());
}
