export * from "./access.ts";
export * from "./erase-orders.ts";
export * from "./events.ts";
export * from "./incarnations.ts";
export * from "./installation.ts";
export * from "./operations.ts";
export * from "./volumes.ts";
export * from "./workspaces.ts";
