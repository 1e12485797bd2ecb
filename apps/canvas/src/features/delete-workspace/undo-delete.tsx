"use client";

import { useState } from "react";
import { promptForName, useRestoreWorkspace, useSnapshot } from "#features/workspaces/index.ts";
import { count } from "#shared/text/format.ts";
import { Button } from "#shared/ui/button.tsx";
import { notifyDone, notifyError } from "#shared/ui/notify.tsx";
import { navigate } from "#shared/url/use-url-state.ts";

interface UndoDeleteProps {
  /** The deleted workspaces, each after its lead. */
  workspaces: readonly { id: string; name: string }[];
  onDone: () => void;
}

/** Waits for the deletes to finish, then restores all. */
export function UndoDelete({ workspaces, onDone }: UndoDeleteProps) {
  const nodes = useSnapshot().data?.nodes ?? [];
  const restore = useRestoreWorkspace();
  const [restored, setRestored] = useState<number | null>(null);
  const [hasFailed, setHasFailed] = useState(false);
  const canRestore = !nodes.some((node) => workspaces.some(({ id }) => id === node.id));

  const undo = async () => {
    const failed: { name: string; error: unknown }[] = [];
    // One after the other: a workspace returns to its team only if its lead has been restored.
    for (const [index, { id, name }] of workspaces.entries()) {
      setRestored(index);
      try {
        await restore.mutateAsync({ id });
      } catch (error) {
        if (!promptForName(error, id)) failed.push({ name, error });
      }
    }
    setRestored(null);
    const [first] = failed;
    if (first) {
      setHasFailed(true);
      const others = failed.length > 1 ? ` and ${failed.length - 1} more` : "";
      return notifyError(first.error, `Could not restore ${first.name}${others}.`);
    }
    const [only] = workspaces;
    notifyDone(
      only && workspaces.length === 1 ? `${only.name} restored.` : `${count(workspaces.length, "workspace")} restored.`,
    );
    onDone();
  };

  return (
    <span className="mt-1 flex flex-wrap items-center gap-2">
      <span className="text-ink-soft">
        {workspaces.length > 1 ? "All data is kept." : "Its data is kept."}
        {restored !== null && workspaces.length > 1
          ? ` Restoring ${restored + 1} of ${workspaces.length}…`
          : !canRestore && " You can undo in a moment."}
      </span>
      <Button
        size="small"
        disabled={hasFailed || (!canRestore && restored === null)}
        isBusy={restored !== null}
        onClick={() => void undo()}
      >
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
