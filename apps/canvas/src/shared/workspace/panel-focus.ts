/** The workspace whose panel was asked for by keyboard: its heading takes the focus as soon as it is there. */
let wanted: string | null = null;

export function focusPanelOf(workspaceId: string): void {
  wanted = workspaceId;
  requestAnimationFrame(() => {
    const heading = document.querySelector<HTMLElement>(`[data-panel-of="${CSS.escape(workspaceId)}"]`);
    if (heading && takePanelFocus(workspaceId)) heading.focus();
  });
}

/** @returns true once, for the panel that was asked for. */
export function takePanelFocus(workspaceId: string): boolean {
  if (wanted !== workspaceId) return false;
  wanted = null;
  return true;
}
