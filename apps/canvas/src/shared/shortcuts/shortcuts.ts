export type Shortcut = "palette" | "shortcuts" | "undo" | "redo";

interface Keys {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** The global shortcut of a key, or null. Cmd and Ctrl are equivalent. */
export function shortcutOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Keys): Shortcut | null {
  if (altKey) return null;
  const isCommand = ctrlKey || metaKey;
  if (!isCommand) return key === "?" ? "shortcuts" : null;
  switch (key.toLowerCase()) {
    case "k":
      return shiftKey ? null : "palette";
    case "z":
      return shiftKey ? "redo" : "undo";
    case "y":
      return shiftKey ? null : "redo";
    default:
      return null;
  }
}

export const isApple = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/** `Ctrl+Z` as printed on this platform's keyboard. */
export const platformKeys = (keys: string, apple: boolean): string =>
  apple ? keys.replace("Ctrl", "⌘").replace("Alt", "⌥") : keys;

export const undoHint = (): string => `${platformKeys("Ctrl+Z", isApple())} to undo.`;
