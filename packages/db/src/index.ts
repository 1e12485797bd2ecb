export { type Database, isDatabaseDiskFull, isDatabaseUnavailable, openDatabase, violatesUnique } from "./database.ts";
export * from "./embedded/index.ts";
export * from "./migrate.ts";
export { type Listener, openListener } from "./notify.ts";
export * from "./pool.ts";
export * from "./repositories/access.ts";
export * from "./repositories/commands.ts";
export * from "./repositories/erase-orders.ts";
export {
  type EventFilter,
  eventsTrimmedTo,
  lastSequence,
  listEventPage,
  listEvents,
} from "./repositories/events.ts";
export * from "./repositories/expiry-hold.ts";
export * from "./repositories/incarnations.ts";
export * from "./repositories/installation.ts";
export * from "./repositories/metrics.ts";
export * from "./repositories/operations.ts";
export * from "./repositories/ports.ts";
export * from "./repositories/replicas.ts";
export * from "./repositories/retention.ts";
export * from "./repositories/stores.ts";
export * from "./repositories/terminals.ts";
export * from "./repositories/volumes.ts";
export * from "./repositories/workspace-lifecycle.ts";
export * from "./repositories/workspaces.ts";
export * from "./transaction.ts";
