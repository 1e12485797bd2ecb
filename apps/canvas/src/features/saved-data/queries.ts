"use client";

import { LIMITS, OPEN_OPERATION_STATUSES, type Operation } from "@berth/domain";
import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

export const useVolumes = () => useQuery(useTRPC().volumes.list.queryOptions({}));

export const useReceipt = (volumeId: string) => useQuery(useTRPC().volumes.receipt.queryOptions({ id: volumeId }));

/** The workspace itself tells whether it can be restored. */
export const useVolumeWorkspace = (workspaceId: string | null) =>
  useQuery(useTRPC().workspaces.get.queryOptions({ id: workspaceId ?? "" }, { enabled: workspaceId !== null }));

/** The running operations, for all rows in two requests. */
export function useOpenOperations(): Operation[] {
  const trpc = useTRPC();
  const lists = useQueries({
    queries: OPEN_OPERATION_STATUSES.map((status) =>
      trpc.operations.list.queryOptions({ status, limit: LIMITS.listLimitMax }),
    ),
  });
  return lists.flatMap(({ data }) => data?.items ?? []);
}

export const useRetention = () => useQuery(useTRPC().retention.get.queryOptions({}));

export function useConfirmRetention() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.retention.confirm.mutationOptions({
      onSettled: () => queryClient.invalidateQueries(trpc.retention.pathFilter()),
    }),
  );
}

export function useEraseVolume() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.volumes.erase.mutationOptions({ onSettled: () => queryClient.invalidateQueries(trpc.volumes.pathFilter()) }),
  );
}

export function useAdoptVolume() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.volumes.adopt.mutationOptions({
      onSettled: () =>
        Promise.all([
          queryClient.invalidateQueries(trpc.volumes.pathFilter()),
          queryClient.invalidateQueries(trpc.canvas.snapshot.queryFilter()),
        ]),
    }),
  );
}
