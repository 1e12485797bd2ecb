/** The content of the `?` sheet: keys and what they do. `Ctrl` is displayed as the platform's key. */
export const SHORTCUT_GROUPS: Record<string, Record<string, string>> = {
  Everywhere: {
    "Ctrl+K": "Open the command palette",
    "?": "Show keyboard shortcuts",
    "Ctrl+Z": "Undo a move, team change or rename",
    "Ctrl+Shift+Z": "Redo",
    Esc: "Close the top dialog, or the panel on a small screen",
  },
  "Map, with a pointer": {
    "Shift+Drag": "Select all cards in an area",
    "Shift+Click": "Add a card to the selection",
    Drop: "On a card or frame, move into that team. Esc cancels.",
    "Ctrl+Drop": "Leave the team. Outside the frame, Ctrl is not needed.",
    "Alt+Drag": "Move the card without its team",
  },
  "Map, with a card focused": {
    Enter: "Open the panel and focus it",
    Arrows: "Move the card and its team. Shift takes larger steps.",
    "Alt+Arrows": "Go to the next card in that direction",
    X: "Select or deselect the card",
    Esc: "Clear selection",
    N: "Run the first action on the card, such as Resume or Retry",
    "Shift+N": "Run the second action on the card, such as Cancel",
    L: "Open the logs",
    Z: "Zoom to team",
    "Shift+F10": "Open the menu",
  },
  List: {
    "↑ ↓": "Go to the previous or next row",
    Space: "Select the row",
    "Shift+↑ ↓": "Extend the selection",
    "Ctrl+A": "Select all",
    Esc: "Clear selection",
  },
};
