import { navigate } from "../url/use-url-state.ts";

/** The workspace whose panel was opened by keyboard: its heading takes the focus once it is mounted. */
let wanted: string | null = null;

export function focusPanelOf(workspaceId: string): void {
  wanted = workspaceId;
  requestAnimationFrame(() => {
    const heading = document.querySelector<HTMLElement>(`[data-panel-of="${CSS.escape(workspaceId)}"]`);
    if (heading && takePanelFocus(workspaceId)) heading.focus();
  });
}

/** @returns true once, for the requested panel. */
export function takePanelFocus(workspaceId: string): boolean {
  if (wanted !== workspaceId) return false;
  wanted = null;
  return true;
}

/** The focus returns to the panel's opener: its card, or its row in the list. */
export function closePanelOf(workspaceId: string): void {
  navigate((state) => ({ ...state, workspaceId: null }));
  requestAnimationFrame(() => focusOpenerOf(workspaceId));
}

export function focusOpenerOf(workspaceId: string): void {
  const id = CSS.escape(workspaceId);
  document.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"],[data-workspace-row="${id}"] a`)?.focus();
}
