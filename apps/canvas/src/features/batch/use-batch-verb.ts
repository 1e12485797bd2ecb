"use client";

import type { CanvasNode } from "@berth/domain";
import { useQueryClient } from "@tanstack/react-query";
import { VERB_LABELS } from "#features/actions/index.ts";
import { type MachineVerb, useSnapshot } from "#features/workspaces/index.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import { describeEnd, startBatch } from "./start-batch.ts";

/**
 * Requests one verb for many workspaces. Each request carries the generation on screen, so a stale page changes nothing.
 */
export function useBatchVerb() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const nodes = useSnapshot().data?.nodes ?? [];

  return async (verb: MachineVerb, ids: readonly string[], force = false): Promise<void> => {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const items = ids.map((id) => byId.get(id)).filter((node): node is CanvasNode => node !== undefined);
    const request = (id: string) =>
      client.workspaces[verb].mutate({ id, ifGeneration: byId.get(id)?.generation, force });
    const end = await startBatch(VERB_LABELS[verb].label, items, request);
    await queryClient.invalidateQueries(trpc.canvas.snapshot.queryFilter());
    if (end.failed.length === 0) notifyDone(describeEnd(end));
  };
}
