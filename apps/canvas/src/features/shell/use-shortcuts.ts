"use client";

import { useEffect } from "react";
import { openDialog } from "#shared/dialogs/dialog-store.ts";
import { isDialogOpen } from "#shared/focus/overlays.ts";
import { shortcutOf } from "#shared/shortcuts/shortcuts.ts";
import { isTyping } from "#shared/shortcuts/typing.ts";
import { redoLast, undoLast } from "#shared/undo/undo.ts";

/**
 * The global shortcuts. They do nothing while typing or in a dialog, except for the palette's key, because Ctrl+K has no
 * meaning in fields.
 */
export function useShortcuts(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const shortcut = shortcutOf(event);
      if (shortcut === null || isDialogOpen() || (shortcut !== "palette" && isTyping(event.target))) return;
      event.preventDefault();
      if (shortcut === "palette") openDialog({ kind: "palette" });
      else if (shortcut === "shortcuts") openDialog({ kind: "shortcuts" });
      else if (shortcut === "undo") void undoLast();
      else void redoLast();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
