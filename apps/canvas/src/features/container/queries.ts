"use client";

import { useMutation } from "@tanstack/react-query";
import { useRefreshWorkspace } from "#features/workspaces/index.ts";
import { useTRPC } from "#shared/api/trpc.tsx";

export function useConfigure() {
  const trpc = useTRPC();
  const refresh = useRefreshWorkspace();
  return useMutation(
    trpc.workspaces.configure.mutationOptions({ onSettled: (_result, _error, { id }) => refresh(id) }),
  );
}
