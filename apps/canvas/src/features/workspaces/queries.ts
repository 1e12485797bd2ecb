"use client";

import type { CanvasNode, ExpectedDuration, OperationKind } from "@berth/domain";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";
import { setServerTime } from "#shared/clock/server-clock.ts";

export function useSnapshot() {
  const trpc = useTRPC();
  return useQuery({
    ...trpc.canvas.snapshot.queryOptions(),
    // Nodes that did not change keep their identity, so only the changed ones draw again.
    structuralSharing: (before, after) => shareNodes(before as Snapshot | undefined, after as Snapshot),
  });
}

interface Snapshot {
  nodes: CanvasNode[];
  serverTime: string;
}

function shareNodes<T extends Snapshot>(before: T | undefined, after: T): T {
  // An optimistic write carries the old time along; only an answer brings a new one.
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

export const useWorkspace = (id: string) => useQuery(useTRPC().workspaces.get.queryOptions({ id }));

export const useOperations = (workspaceId: string, limit = 20) =>
  useQuery(useTRPC().operations.list.queryOptions({ workspaceId, limit }));

/** How long such an operation takes: asked once for a workspace, since it hardly changes while one looks. */
export const useExpectedDuration = (workspaceId: string, kind: OperationKind): ExpectedDuration | undefined =>
  useQuery(useTRPC().operations.durations.queryOptions({ workspaceId })).data?.find((one) => one.kind === kind);

/** After a change made here: asks again for what it touches, without waiting for the event. */
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
