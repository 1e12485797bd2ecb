"use client";

import { useMutation } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";
import { useRefreshWorkspace } from "#features/workspaces/index.ts";

export function useConfigure() {
  const trpc = useTRPC();
  const refresh = useRefreshWorkspace();
  return useMutation(trpc.workspaces.configure.mutationOptions({ onSettled: (_answer, _error, { id }) => refresh(id) }));
}
