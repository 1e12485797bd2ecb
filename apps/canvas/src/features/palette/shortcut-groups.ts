/** The content of the `?` sheet. `Ctrl` is displayed as the platform's key. */
export const SHORTCUT_GROUPS: readonly { title: string; rows: readonly { keys: string; what: string }[] }[] = [
  {
    title: "Everywhere",
    rows: [
      { keys: "Ctrl+K", what: "Open the command palette" },
      { keys: "?", what: "Show keyboard shortcuts" },
      { keys: "Ctrl+Z", what: "Undo a move, team change or rename" },
      { keys: "Ctrl+Shift+Z", what: "Redo" },
      { keys: "Esc", what: "Close the top dialog, or the panel on a small screen" },
    ],
  },
  {
    title: "Map, with a pointer",
    rows: [
      { keys: "Shift+Drag", what: "Select all cards in an area" },
      { keys: "Shift+Click", what: "Add a card to the selection" },
      { keys: "Drop", what: "On a card or frame, move into that team. Esc cancels." },
      { keys: "Ctrl+Drop", what: "Leave the team. Outside the frame, Ctrl is not needed." },
      { keys: "Alt+Drag", what: "Move the card without its team" },
    ],
  },
  {
    title: "Map, with a card focused",
    rows: [
      { keys: "Enter", what: "Open the panel and focus it" },
      { keys: "Arrows", what: "Move the card and its team. Shift takes larger steps." },
      { keys: "Alt+Arrows", what: "Go to the next card in that direction" },
      { keys: "X", what: "Select or deselect the card" },
      { keys: "Esc", what: "Clear selection" },
      { keys: "N", what: "Run the first action on the card, such as Resume or Retry" },
      { keys: "Shift+N", what: "Run the second action on the card, such as Cancel" },
      { keys: "L", what: "Open the logs" },
      { keys: "Z", what: "Zoom to team" },
      { keys: "Shift+F10", what: "Open the menu" },
    ],
  },
  {
    title: "List",
    rows: [
      { keys: "↑ ↓", what: "Go to the previous or next row" },
      { keys: "Space", what: "Select the row" },
      { keys: "Shift+↑ ↓", what: "Extend the selection" },
      { keys: "Ctrl+A", what: "Select all" },
      { keys: "Esc", what: "Clear selection" },
    ],
  },
];
