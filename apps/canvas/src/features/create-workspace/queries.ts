"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

export function useCreateWorkspace() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.workspaces.create.mutationOptions({
      onSettled: () => queryClient.invalidateQueries(trpc.canvas.snapshot.queryFilter()),
    }),
  );
}
