/** What a key does on the page; null if it belongs to the shell. */
export type TerminalKey = "leave" | "find" | "copy" | "paste" | "send-f6" | null;

interface Pressed {
  type: string;
  key: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** F6 leaves the terminal; Ctrl+F6 sends F6 to the program. Ctrl+C copies a selection, and interrupts without one. */
export function actionOf(event: Pressed, hasSelection: boolean): TerminalKey {
  const { key, ctrlKey, shiftKey, altKey, metaKey } = event;
  if (altKey) return null;
  if (key === "F6") return ctrlKey ? "send-f6" : shiftKey ? null : "leave";
  if (key === "Escape") return ctrlKey && shiftKey ? "leave" : null;
  if (ctrlKey === metaKey) return null;
  switch (key.toLowerCase()) {
    case "f":
      return "find";
    case "v":
      return "paste";
    case "c":
      return hasSelection || shiftKey || metaKey ? "copy" : null;
    default:
      return null;
  }
}
