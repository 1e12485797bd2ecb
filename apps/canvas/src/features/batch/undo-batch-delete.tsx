"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useSnapshot } from "#features/workspaces/index.ts";
import { useTRPC, useTRPCClient } from "#shared/api/trpc.tsx";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { notifyDone } from "#shared/ui/notify.tsx";
import type { BatchItem } from "./run-batch.ts";
import { startBatch } from "./start-batch.ts";

/**
 * Restores all workspaces whose data was kept once their deletes have finished. Listed from the top of each team down.
 */
export function UndoBatchDelete({ deleted, onDone }: { deleted: readonly BatchItem[]; onDone: () => void }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const nodes = useSnapshot().data?.nodes ?? [];
  const isGone = !nodes.some((node) => deleted.some(({ id }) => id === node.id));

  const undo = async () => {
    onDone();
    // One at a time, so that a lead is restored before its team.
    const { failed } = await startBatch("Restore", deleted, (id) => client.workspaces.restore.mutate({ id }), 1);
    await queryClient.invalidateQueries(trpc.pathFilter());
    if (failed.length === 0) notifyDone(`Restoring ${count(deleted.length, "workspace")}.`);
  };

  return (
    <span className="mt-1 flex flex-wrap items-center gap-2">
      <span className="text-ink-soft">
        {isGone ? "Their data is kept." : "Their data is kept. You can undo in a moment."}
      </span>
      <Button size="small" disabled={!isGone} onClick={() => void undo()}>
        Undo
      </Button>
    </span>
  );
}
