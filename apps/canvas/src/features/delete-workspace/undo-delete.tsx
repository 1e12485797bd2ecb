"use client";

import { allowedVerbs } from "@berth/domain";
import { useState } from "react";
import { asksForAnotherName, useRestoreWorkspace, useWorkspace } from "#features/workspaces/index.ts";
import { Button } from "#shared/ui/button.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { navigate } from "#shared/url/use-url-state.ts";

interface UndoDeleteProps {
  workspaceId: string;
  name: string;
  /** How many team members were deleted with it. */
  others: number;
  onDone: () => void;
}

/** Waits for the delete to finish, then restores. */
export function UndoDelete({ workspaceId, name, others, onDone }: UndoDeleteProps) {
  const { data: workspace } = useWorkspace(workspaceId);
  const restore = useRestoreWorkspace();
  const [hasFailed, setHasFailed] = useState(false);
  const canRestore = workspace !== undefined && allowedVerbs(workspace.status).includes("restore");

  const undo = () =>
    restore.mutate(
      { id: workspaceId },
      {
        onSuccess: () => {
          notifyDone(
            `${name} is back.`,
            others > 0 ? "The others of its team can be restored in Saved data." : undefined,
          );
          onDone();
        },
        onError: (error) => {
          if (asksForAnotherName(error, workspaceId)) return onDone();
          setHasFailed(true);
          notifyError(error, `${name} was not restored.`);
        },
      },
    );

  return (
    <span className="mt-1 flex flex-wrap items-center gap-2">
      <span className="text-ink-soft">
        {others > 0 ? "The data of all is kept." : "Its data is kept."}
        {!canRestore && " Undo is possible in a moment."}
      </span>
      <Button size="small" disabled={!canRestore || hasFailed} isBusy={restore.isPending} onClick={undo}>
        Undo
      </Button>
      <Button
        size="small"
        kind="quiet"
        onClick={() => {
          navigate((state) => ({ ...state, view: "saved" }));
          onDone();
        }}
      >
        Show in Saved data
      </Button>
    </span>
  );
}
