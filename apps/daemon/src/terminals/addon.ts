/** The native part of terminals, beside the bundle wherever that goes. */
export const TERMINAL_ADDON = "pty.node";
