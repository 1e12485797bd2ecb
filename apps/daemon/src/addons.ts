/** The native addon of terminals. The file is next to the bundle. */
export const TERMINAL_ADDON = "pty.node";

/** The library that calls C functions. The file is next to the bundle. */
export const SYSTEM_CALLS_ADDON = "koffi.node";

/** The addon's path in its package for this architecture. It exists for Linux only. */
export const SYSTEM_CALLS_PACKAGE = `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/${SYSTEM_CALLS_ADDON}`;
