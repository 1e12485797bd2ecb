export { BatchBar } from "./batch-bar-door.tsx";
export { BatchDeleteDialog, BatchVerbDialog } from "./lazy-parts.ts";
