/** The library that calls C functions, beside the bundle wherever that goes. */
export const SYSTEM_CALLS_ADDON = "koffi.node";

/** Where its package keeps it for this machine. There is none for other systems than Linux. */
export const SYSTEM_CALLS_PACKAGE = `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/${SYSTEM_CALLS_ADDON}`;
