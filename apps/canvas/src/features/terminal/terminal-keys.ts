/** What a key means to the page around the terminal; null: it belongs to the shell. */
export type TerminalKey = "leave" | "find" | "copy" | "paste" | "send-f6" | null;

interface Pressed {
  type: string;
  key: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/**
 * F6 leaves, as it does between the parts of any window; Ctrl+F6 sends it to the program instead. Ctrl+C copies while
 * something is selected, and interrupts otherwise.
 */
export function meaningOf(event: Pressed, hasSelection: boolean): TerminalKey {
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
