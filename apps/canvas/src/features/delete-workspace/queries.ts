"use client";

import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useRefreshWorkspace } from "#features/workspaces/index.ts";
import { useTRPC } from "#shared/api/trpc.tsx";

/** Refetched whenever the dialog opens or the choice changes, because the list must match what will happen. */
export const useDeletePreview = (id: string, eraseData: boolean) =>
  useQuery(
    useTRPC().workspaces.deletePreview.queryOptions(
      { id, eraseData },
      { staleTime: 0, gcTime: 0, placeholderData: keepPreviousData },
    ),
  );

export function useDeleteWorkspace() {
  const trpc = useTRPC();
  const refresh = useRefreshWorkspace();
  return useMutation(
    trpc.workspaces.delete.mutationOptions({ onSettled: (_operation, _error, { id }) => refresh(id) }),
  );
}
