export * from "./backends.ts";
export * from "./daemon-protocol.ts";
export * from "./errors.ts";
export * from "./files/entries.ts";
export * from "./files/roots.ts";
export * from "./files/workspace-path.ts";
export * from "./limits.ts";
export { ERASE_REASONS, type EraseOrder, type EraseReason } from "./volumes/erase-order.ts";
