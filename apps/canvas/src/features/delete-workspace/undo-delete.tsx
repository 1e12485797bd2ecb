"use client";

import { allowedVerbs } from "@berth/domain";
import { useState } from "react";
import { promptForName, useRestoreWorkspace, useWorkspace } from "#features/workspaces/index.ts";
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
          notifyDone(`${name} restored.`, others > 0 ? "Restore the rest of the team in Saved data." : undefined);
          onDone();
        },
        onError: (error) => {
          if (promptForName(error, workspaceId)) return onDone();
          setHasFailed(true);
          notifyError(error, `Could not restore ${name}.`);
        },
      },
    );

  return (
    <span className="mt-1 flex flex-wrap items-center gap-2">
      <span className="text-ink-soft">
        {others > 0 ? "All data is kept." : "Its data is kept."}
        {!canRestore && " You can undo in a moment."}
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
