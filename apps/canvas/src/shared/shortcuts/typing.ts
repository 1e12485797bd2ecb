/** True where keys are text: a field, the terminal and the editor have their own undo and Escape. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input:not([type=checkbox],[type=radio]),textarea,select,.xterm") !== null
  );
}
