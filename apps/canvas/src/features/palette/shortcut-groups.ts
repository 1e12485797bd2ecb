/** The content of the `?` sheet. `Ctrl` is displayed as the platform's key. */
export const SHORTCUT_GROUPS: readonly { title: string; rows: readonly { keys: string; what: string }[] }[] = [
  {
    title: "Everywhere",
    rows: [
      { keys: "Ctrl+K", what: "Find a workspace, a view, a tab or an action on what is selected" },
      { keys: "?", what: "Show this sheet" },
      { keys: "Ctrl+Z", what: "Undo a move, a new team, a hidden team, a rename" },
      { keys: "Ctrl+Shift+Z", what: "Do it again" },
      { keys: "Esc", what: "Close what lies on top; the panel, where it covers the window" },
    ],
  },
  {
    title: "On the map, with a pointer",
    rows: [
      { keys: "Shift+Drag", what: "Select all in a box" },
      { keys: "Shift+Click", what: "Select one more" },
      { keys: "Drop", what: "On a card or in a frame: move into that team; Esc calls it off" },
      { keys: "Ctrl+Drop", what: "Leave the team, from anywhere in its frame; out of the frame without Ctrl" },
      { keys: "Alt+Drag", what: "Move the card without its team" },
    ],
  },
  {
    title: "On the map, with the focus on a card",
    rows: [
      { keys: "Enter", what: "Open its panel and go there" },
      { keys: "Arrows", what: "Move the card and its team, never into another; with Shift in larger steps" },
      { keys: "Alt+Arrows", what: "Go to the next card in that direction" },
      { keys: "X", what: "Select it, or take it out of the selection" },
      { keys: "Esc", what: "Select none" },
      { keys: "N", what: "Do what the card offers next, e.g. resume or retry" },
      { keys: "Shift+N", what: "The second of what it offers, e.g. cancel a late start" },
      { keys: "L", what: "The logs it offers" },
      { keys: "Z", what: "Zoom to its team" },
      { keys: "Shift+F10", what: "Its menu, with “Move to…”" },
    ],
  },
  {
    title: "In the list",
    rows: [
      { keys: "↑ ↓", what: "Go to the line above or below" },
      { keys: "Space", what: "Select it" },
      { keys: "Shift+↑ ↓", what: "Select several" },
      { keys: "Ctrl+A", what: "Select all that are listed" },
      { keys: "Esc", what: "Select none" },
    ],
  },
];
