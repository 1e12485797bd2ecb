import { lazyPart } from "#shared/ui/lazy-part.tsx";

export { BatchBar } from "./batch-bar-loader.tsx";
export { allowing, BATCH_VERBS, useRequestMany } from "./use-request-many.ts";

export const BatchDeleteDialog = lazyPart(
  () => import("./batch-delete-dialog.tsx").then((module) => module.BatchDeleteDialog),
  { isQuiet: true },
);
export const BatchVerbDialog = lazyPart(
  () => import("./batch-verb-dialog.tsx").then((module) => module.BatchVerbDialog),
  { isQuiet: true },
);
