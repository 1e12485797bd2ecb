"use client";

import type { CanvasNode, ExpectedDuration, OperationKind } from "@berth/domain";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";
import { setServerTime } from "#shared/clock/clock-store.ts";

export function useSnapshot() {
  const trpc = useTRPC();
  return useQuery({
    ...trpc.canvas.snapshot.queryOptions(),
    // Unchanged nodes keep their identity, so only changed ones render again.
    structuralSharing: (before, after) => shareNodes(before as Snapshot | undefined, after as Snapshot),
  });
}

interface Snapshot {
  nodes: CanvasNode[];
  serverTime: string;
}

function shareNodes<T extends Snapshot>(before: T | undefined, after: T): T {
  // An optimistic write keeps the old time; only a response updates it.
  if (before?.serverTime !== after.serverTime) setServerTime(after.serverTime);
  if (!before) return after;
  const known = new Map(before.nodes.map((node) => [node.id, node]));
  const nodes = after.nodes.map((node) => {
    const old = known.get(node.id);
    return old && JSON.stringify(old) === JSON.stringify(node) ? old : node;
  });
  const isSame = nodes.length === before.nodes.length && nodes.every((node, at) => node === before.nodes[at]);
  return { ...after, nodes: isSame ? before.nodes : nodes };
}

export const useSystem = () => useQuery(useTRPC().system.info.queryOptions());

const DISK_POLL_MILLISECONDS = 60_000;

/** Whether the server has no space for changes. Polled, because a full disk also stores no events. */
export const useIsDiskFull = (): boolean =>
  useQuery(
    useTRPC().system.info.queryOptions(undefined, {
      refetchInterval: DISK_POLL_MILLISECONDS,
      select: ({ disk }) => !disk.ok,
    }),
  ).data === true;

export const useWorkspace = (id: string) => useQuery(useTRPC().workspaces.get.queryOptions({ id }));

export const useOperations = (workspaceId: string, limit = 20) =>
  useQuery(useTRPC().operations.list.queryOptions({ workspaceId, limit }));

/** The usual duration of an operation, fetched once per workspace because it hardly changes. */
export const useExpectedDuration = (workspaceId: string, kind: OperationKind): ExpectedDuration | undefined =>
  useQuery(useTRPC().operations.durations.queryOptions({ workspaceId })).data?.find((one) => one.kind === kind);

/** After a local change: refetches what it affects, without waiting for the event. */
export function useRefreshWorkspace() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return (id: string) =>
    Promise.all([
      queryClient.invalidateQueries(trpc.workspaces.get.queryFilter({ id })),
      queryClient.invalidateQueries(trpc.canvas.snapshot.queryFilter()),
      queryClient.invalidateQueries(trpc.operations.list.pathFilter()),
    ]);
}
