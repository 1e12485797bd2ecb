"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

/** A workspace's terminals, running and recently ended. Refetched when one opens or closes anywhere, and when the machine changes. */
export const useTerminals = (workspaceId: string, isEnabled: boolean) =>
  useQuery(useTRPC().terminals.list.queryOptions({ workspaceId }, { enabled: isEnabled, staleTime: 0 }));

export const useStartTerminal = () => useMutation(useTRPC().terminals.create.mutationOptions());
export const useCloseTerminal = () => useMutation(useTRPC().terminals.close.mutationOptions());
