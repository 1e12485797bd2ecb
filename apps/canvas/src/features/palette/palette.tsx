"use client";

import { useRef, useState } from "react";
import { Dialog } from "#shared/ui/dialog.tsx";
import { PickList } from "#shared/ui/pick-list.tsx";
import { bestMatches } from "./match.ts";
import { useEntries } from "./use-entries.tsx";

/** The workspace whose card or line has the focus; the palette's own field takes it a moment later. */
function focusedWorkspace(): string | null {
  const place = document.activeElement?.closest<HTMLElement>(".react-flow__node,[data-workspace-row]");
  return place?.dataset.workspaceRow ?? place?.dataset.id ?? null;
}

/** One field for everything: where to go, and what to do with who is selected, has the focus or is open. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const [focusedId] = useState(focusedWorkspace);
  const entries = useEntries(focusedId);
  const matches = bestMatches(typed, entries);

  const pick = (id: string) => {
    const entry = entries.find((one) => one.id === id);
    // Closed first: what is picked may open a dialog of its own.
    onClose();
    entry?.run();
  };

  return (
    <Dialog isOpen onClose={onClose} title="Go to or do" initialFocus={input} widthPixels={600}>
      <PickList
        ref={input}
        label="Workspace, view, tab or action"
        placeholder="Type a name, or what you want to do"
        search={typed}
        onSearch={setTyped}
        options={matches}
        onPick={pick}
        nothing={`Nothing is called “${typed}”.`}
      />
    </Dialog>
  );
}
