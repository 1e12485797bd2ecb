"use client";

import { useRef, useState } from "react";
import { Dialog } from "#shared/ui/dialog.tsx";
import { PickList } from "#shared/ui/pick-list.tsx";
import { bestMatches } from "./match.ts";
import { useEntries } from "./use-entries.tsx";

/** The workspace whose card or row has the focus, before the palette's field takes it. */
function focusedWorkspace(): string | null {
  const place = document.activeElement?.closest<HTMLElement>(".react-flow__node,[data-workspace-row]");
  return place?.dataset.workspaceRow ?? place?.dataset.id ?? null;
}

/** One search for destinations, and for actions on the selected, focused or open workspace. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const [focusedId] = useState(focusedWorkspace);
  const entries = useEntries(focusedId);
  const matches = bestMatches(typed, entries);

  const pick = (id: string) => {
    const entry = entries.find((one) => one.id === id);
    // Closed first, because the entry may open its own dialog.
    onClose();
    entry?.run();
  };

  return (
    <Dialog isOpen onClose={onClose} title="Command palette" initialFocus={input} widthPixels={600}>
      <PickList
        ref={input}
        label="Search workspaces and actions"
        placeholder="Search workspaces and actions…"
        search={typed}
        onSearch={setTyped}
        options={matches}
        onPick={pick}
        nothing={`No results for “${typed}”.`}
      />
    </Dialog>
  );
}
