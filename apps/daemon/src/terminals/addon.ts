/** The native addon of terminals. The file is next to the bundle. */
export const TERMINAL_ADDON = "pty.node";
