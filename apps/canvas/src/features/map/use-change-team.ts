"use client";

import type { CanvasNode } from "@berth/domain";
import { useMoveTogether } from "#features/workspaces/index.ts";
import { notifyError } from "#shared/ui/notify.tsx";
import { notifyUndoable } from "#shared/undo/undo.ts";
import type { Positions } from "./node-model.ts";
import { useSaveLayout } from "./queries.ts";

interface TeamChange {
  snapshot: readonly CanvasNode[];
  ids: readonly string[];
  leadId: string | null;
  before: Positions;
  after: Positions;
  /** For example "draco moved into the team of atlas". */
  names: string;
  where: string;
}

/** Moves workspaces into another team, or out of all teams, together with their new positions, as one undoable change. */
export function useChangeTeam() {
  const moveTogether = useMoveTogether();
  const saveLayout = useSaveLayout();

  return async ({ snapshot, ids, leadId, before, after, names, where }: TeamChange): Promise<void> => {
    try {
      await saveLayout(after);
      const inputs = snapshot
        .filter(({ id, parentId }) => ids.includes(id) && parentId !== leadId)
        .map(({ id }) => ({ id, parentId: leadId }));
      const { movedCount } = await moveTogether(inputs, `move of ${names} ${where}`, {
        undo: () => saveLayout(before),
        redo: () => saveLayout(after),
      });
      if (movedCount > 0) notifyUndoable(`${names} moved ${where}.`);
      else await saveLayout(before);
    } catch (error) {
      notifyError(error, "Move failed.");
    }
  };
}
