"use client";

import type { MetricsRange } from "@berth/domain";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { withTail } from "./log-tail.ts";

const FIRST_BYTES = 256 * 1024;
const NEXT_BYTES = 32 * 1024;
const FOLLOW_MILLISECONDS = 2_000;

export type LogKind = "boot" | "agent";

interface ReadLog {
  text: string;
  truncated: boolean;
  /** The source of the backend's boot log. */
  source?: "container_log" | "console_output" | "process_log";
}

/** One of the machine's two logs. Following it reads only its end, and appends that to the known part. */
export function useLog(
  workspace: { id: string; generation: number },
  kind: LogKind,
  how: { isThere: boolean; isFollowed: boolean },
) {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const { id, generation } = workspace;
  const queryKey = ["log", id, generation, kind];
  const read = (tailBytes: number, signal: AbortSignal): Promise<ReadLog> => {
    const { bootLog, agentLog } = client.workspaces;
    return (kind === "boot" ? bootLog : agentLog).query({ id, tailBytes }, { signal });
  };
  return useQuery({
    queryKey,
    enabled: how.isThere,
    queryFn: async ({ signal }): Promise<ReadLog> => {
      const known = queryClient.getQueryData<ReadLog>(queryKey);
      if (!known) return read(FIRST_BYTES, signal);
      const end = await read(NEXT_BYTES, signal);
      const text = end.truncated ? withTail(known.text, end.text) : end.text;
      if (text === null) return read(FIRST_BYTES, signal);
      return text === known.text ? known : { ...end, text, truncated: known.truncated };
    },
    staleTime: 0,
    gcTime: 0,
    refetchInterval: ({ state }) => (how.isFollowed && state.error === null ? FOLLOW_MILLISECONDS : false),
  });
}

const METRICS_MILLISECONDS: Record<MetricsRange, number> = { hour: 10_000, day: 60_000 };

/** The machine's usage from its daemon. Points have no event, so the query polls. */
export const useMetrics = (id: string, range: MetricsRange, isShown: boolean) =>
  useQuery(
    useTRPC().workspaces.metrics.queryOptions(
      { id, range },
      { enabled: isShown, staleTime: 0, refetchInterval: METRICS_MILLISECONDS[range] },
    ),
  );
