"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";
import { layoutEchoes } from "#shared/live/live-events.tsx";
import { type Positions, placesOf } from "./node-model.ts";

/**
 * Saves positions with one request for a whole drag. The map shows them at once. A snapshot already in flight may be
 * older than the move, so it is cancelled and refetched afterwards. A refused move is reverted.
 *
 * @returns the save function, which throws the server's error.
 */
export function useSaveLayout() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const filter = trpc.canvas.snapshot.queryFilter();
  const key = trpc.canvas.snapshot.queryKey();

  const place = (positions: Positions) =>
    queryClient.setQueryData(key, (map) => {
      if (!map) return map;
      const nodes = map.nodes.map((node) => {
        const position = positions.get(node.id);
        return position ? { ...node, position } : node;
      });
      return { ...map, nodes };
    });

  const save = useMutation(trpc.canvas.saveLayout.mutationOptions());

  return async (positions: Positions): Promise<void> => {
    layoutEchoes.expect(Date.now());
    const wasFetching = queryClient.isFetching(filter) > 0;
    await queryClient.cancelQueries(filter);
    const before = placesOf(queryClient.getQueryData(key)?.nodes ?? [], positions);
    place(positions);
    try {
      await save.mutateAsync({ positions: [...positions].map(([id, { x, y }]) => ({ id, x, y })) });
    } catch (error) {
      place(before);
      void queryClient.invalidateQueries(filter);
      throw error;
    }
    // A snapshot that arrived during the save may not include the move.
    if (!wasFetching) place(positions);
    else await queryClient.invalidateQueries(filter);
  };
}

/** The map's viewport, per person. */
export function useSaveViewport() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.canvas.saveViewport.mutationOptions({
      onMutate: (viewport) => {
        queryClient.setQueryData(trpc.canvas.snapshot.queryKey(), (map) => map && { ...map, viewport });
      },
    }),
  );
}
