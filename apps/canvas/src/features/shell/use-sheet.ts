"use client";

import { type RefObject, useEffect } from "react";
import { isOverlayOpen } from "#shared/focus/overlays.ts";
import { isTyping } from "#shared/shortcuts/typing.ts";
import { closePanelOf, focusOpenerOf, focusPanelOf } from "#shared/workspace/panel-focus.ts";

/**
 * While the panel covers the window, the rest is inert (see shell.tsx). The focus moves into the panel, Escape closes it,
 * and closing returns the focus to the opener. Escape does not close it while typing, so a half-filled form stays open.
 */
export function useSheet(column: RefObject<HTMLElement | null>, workspaceId: string, isSheet: boolean): void {
  useEffect(() => {
    const sheet = column.current;
    if (!isSheet || !sheet) return;
    const { activeElement } = document;
    // The sheet may have caught the focus itself, from the element that it covers.
    const isInside = activeElement !== sheet && sheet.contains(activeElement);
    if (!isInside && !isOverlayOpen()) {
      sheet.focus();
      focusPanelOf(workspaceId);
    }
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || isTyping(event.target)) return;
      const isHere = event.target === document.body || (event.target instanceof Node && sheet.contains(event.target));
      if (!isHere || isOverlayOpen()) return;
      event.preventDefault();
      closePanelOf(workspaceId);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      requestAnimationFrame(() => document.activeElement === document.body && focusOpenerOf(workspaceId));
    };
  }, [column, workspaceId, isSheet]);
}
