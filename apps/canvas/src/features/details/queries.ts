"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

const TAIL_BYTES = 256 * 1024;

export type LogKind = "boot" | "agent";

/** The end of one of the two logs. Old the moment it is read, so it is asked for each time it is opened. */
export function useLog(workspaceId: string, kind: LogKind) {
  const trpc = useTRPC();
  const input = { id: workspaceId, tailBytes: TAIL_BYTES };
  const boot = useQuery(trpc.workspaces.bootLog.queryOptions(input, { enabled: kind === "boot", staleTime: 0 }));
  const agent = useQuery(trpc.workspaces.agentLog.queryOptions(input, { enabled: kind === "agent", staleTime: 0 }));
  return kind === "boot" ? boot : agent;
}
