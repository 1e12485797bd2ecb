export { BatchBar } from "./batch-bar-loader.tsx";
export { BatchDeleteDialog, BatchVerbDialog } from "./lazy-parts.ts";
export { allowing, BATCH_VERBS, useRequestMany } from "./use-request-many.ts";
