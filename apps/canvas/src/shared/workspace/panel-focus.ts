import { createPendingCommand } from "../commands/pending-command.ts";
import { navigate } from "../url/use-url-state.ts";

/** Focuses the heading of a panel that was opened by keyboard. */
export const panelFocusCommand = createPendingCommand<{ workspaceId: string }>();

export const focusPanelOf = (workspaceId: string): void => panelFocusCommand.send({ workspaceId });

/** The focus returns to the panel's opener: its card, or its row in the list. */
export function closePanelOf(workspaceId: string): void {
  navigate((state) => ({ ...state, workspaceId: null }));
  requestAnimationFrame(() => focusOpenerOf(workspaceId));
}

export function focusOpenerOf(workspaceId: string): void {
  const id = CSS.escape(workspaceId);
  document.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"],[data-workspace-row="${id}"] a`)?.focus();
}
