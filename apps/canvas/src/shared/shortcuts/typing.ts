/** True where keys are text: a field has an undo and an Escape of its own, and so have terminal and editor. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input:not([type=checkbox],[type=radio]),textarea,select,.xterm") !== null
  );
}
