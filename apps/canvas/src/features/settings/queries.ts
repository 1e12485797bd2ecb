"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

const HEALTH_EVERY_MILLISECONDS = 15_000;

/** Backend health has no event, so it is polled while it is visible. */
export const useSystemHealth = () =>
  useQuery({
    ...useTRPC().system.info.queryOptions(),
    staleTime: 0,
    refetchInterval: HEALTH_EVERY_MILLISECONDS,
  });

export const useTokens = (enabled: boolean) => useQuery(useTRPC().tokens.list.queryOptions({}, { enabled }));

export function useCreateToken() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.tokens.create.mutationOptions({
      onSettled: () => queryClient.invalidateQueries(trpc.tokens.pathFilter()),
      // The secret is shown once and never cached.
      gcTime: 0,
    }),
  );
}

export function useRevokeToken() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.tokens.revoke.mutationOptions({ onSettled: () => queryClient.invalidateQueries(trpc.tokens.pathFilter()) }),
  );
}
