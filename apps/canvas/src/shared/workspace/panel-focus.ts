import { createPendingCommand } from "../commands/pending-command.ts";
import { FOCUS_TARGETS, focusTarget } from "../focus/focus-registry.ts";
import { navigate } from "../url/use-url-state.ts";

/** Focuses the heading of a panel that was opened by keyboard. */
export const panelFocusCommand = createPendingCommand<{ workspaceId: string }>();

export const focusPanelOf = (workspaceId: string): void => panelFocusCommand.send({ workspaceId });

/** The focus returns to the panel's opener: its card, or its row in the list. */
export function closePanelOf(workspaceId: string): void {
  navigate((state) => ({ ...state, workspaceId: null }));
  requestAnimationFrame(() => focusOpenerOf(workspaceId));
}

export const focusOpenerOf = (workspaceId: string): void => focusTarget(FOCUS_TARGETS.workspace(workspaceId))?.focus();
