"use client";

import { useRef, useState } from "react";
import { useSnapshot } from "#features/workspaces/index.ts";
import { FOCUS_TARGETS, focusTarget } from "#shared/focus/focus-registry.ts";
import { Dialog } from "#shared/ui/dialog.tsx";
import { PickList } from "#shared/ui/pick-list.tsx";
import { bestMatches } from "./match.ts";
import { useEntries } from "./use-entries.tsx";

/** Whether the focus is on a workspace's card or in its row. */
function hasFocus(workspaceId: string): boolean {
  const target = focusTarget(FOCUS_TARGETS.workspace(workspaceId));
  // A row's target is its link; the row also has a checkbox.
  return (target?.closest("tr") ?? target)?.contains(document.activeElement) ?? false;
}

/** One search for destinations, and for actions on the selected, focused or open workspace. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  // Read before the palette's field takes the focus.
  const nodes = useSnapshot().data?.nodes ?? [];
  const [focusedId] = useState(() => nodes.find(({ id }) => hasFocus(id))?.id ?? null);
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
